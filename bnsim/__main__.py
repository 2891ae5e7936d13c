"""`python -m bnsim` is the command `bnsim`."""

from bnsim.cli import main

if __name__ == "__main__":
    main(prog_name="bnsim")
