"""Write bnsim/data/digits.npz from the copy that scikit-learn distributes; needs scikit-learn."""

import numpy as np
from sklearn.datasets import load_digits

from bnsim.data.archive import checksum, write_archive
from bnsim.data.digits import DIGITS_FILE, DIGITS_SHA256


def main() -> None:
    """Write the file and say whether it is the one the package expects."""
    source = load_digits()
    arrays = {"images": source.images.astype(np.uint8), "labels": source.target.astype(np.uint8)}
    write_archive(DIGITS_FILE, arrays)
    print(f"{DIGITS_FILE.name}: {len(source.target)} digits, {DIGITS_FILE.stat().st_size} bytes")
    print(f"sha256 {checksum(arrays)}")
    print("as expected" if checksum(arrays) == DIGITS_SHA256 else "NOT the sha256 in bnsim/data/digits.py")


if __name__ == "__main__":
    main()
