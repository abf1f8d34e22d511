"""`python -m gan_cli` is `gan`."""

from gan_cli.cli import main

if __name__ == "__main__":
    main()
