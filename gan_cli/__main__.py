"""Make `python -m gan_cli` run the `gan` command."""

from gan_cli.cli import main

if __name__ == "__main__":
    main()
