"""`python -m jobcast` is `jobcast`."""

from jobcast.cli import main

if __name__ == "__main__":
    main()
