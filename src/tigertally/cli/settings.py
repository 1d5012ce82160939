"""The reference of all settings."""

import click

from tigertally.settings import PREFIX, Settings
from tigertally.settings_files import FROM_FILES


@click.command()
def settings() -> None:
    """Print all settings as Markdown; docs/settings.md is this output."""
    click.echo("# Settings\n")
    click.echo("Environment variables; durations in seconds. Made by `tigertally settings`.\n")
    names = ", ".join(f"`{PREFIX}{name.upper()}`" for name in FROM_FILES)
    click.echo(f"With `_FILE` behind its name, each of these is read from a file: {names}.\n")
    click.echo("| setting | default | what it is |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in {None, ()} else f"`{field.default}`"
        click.echo(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
