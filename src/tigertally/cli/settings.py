"""The reference of all settings."""

import click

from tigertally.settings import PREFIX, Settings


@click.command()
def settings() -> None:
    """Print all settings as Markdown; docs/settings.md is this output."""
    click.echo("# Settings\n")
    click.echo("Environment variables; durations in seconds. Made by `tigertally settings`.\n")
    click.echo("| setting | default | what it is |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if isinstance(field.default, tuple | type(None)) else f"`{field.default}`"
        click.echo(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
