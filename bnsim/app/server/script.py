"""What Streamlit runs for every visitor, again and again."""

from bnsim.app.shell import main

if __name__ == "__main__":
    main()
