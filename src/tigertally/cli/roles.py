"""Commands for roles."""

from typing import Any

import click

from tigertally.cli.composition import composed
from tigertally.cli.options import location_options
from tigertally.cli.tables import print_table
from tigertally.flows.manage_roles import ManageRoles, RoleChange


@click.group()
def roles() -> None:
    """Roles: list them, create, change and delete them."""


@roles.command("list")
@location_options
def list_roles(**options: Any) -> None:
    """List the roles, what they give, and how many people have them."""
    with composed(**options) as composition:
        found = ManageRoles(composition.context).list()
    print_table(
        ("role", "name", "people", "permissions"),
        ((one.key, one.name, str(users), ", ".join(one.permissions)) for one, users in found),
    )


@roles.command()
@click.argument("key")
@click.option("--name", help="What people read. Default: KEY.")
@click.option("--description", help="What it is for.")
@click.option("--give", multiple=True, help="A permission, such as news:article:edit; repeatable.")
@location_options
def create(
    key: str, name: str | None, description: str | None, give: tuple[str, ...], **options: Any
) -> None:
    """Create the role KEY."""
    with composed(**options) as composition:
        change = RoleChange(name=name or key, description=description, permissions=give)
        ManageRoles(composition.context).create(key, change)
    click.echo(f"Created the role {key}.")


@roles.command("set")
@click.argument("key")
@click.option("--name", help="What people read.")
@click.option("--description", help="What it is for.")
@click.option("--give", multiple=True, help="A permission that it shall give; repeatable.")
@click.option("--take", multiple=True, help="A permission that it shall not give; repeatable.")
@location_options
def set_role(
    key: str,
    name: str | None,
    description: str | None,
    give: tuple[str, ...],
    take: tuple[str, ...],
    **options: Any,
) -> None:
    """Change the role KEY. It counts from the next request on, and signs nobody out."""
    with composed(**options) as composition:
        manage = ManageRoles(composition.context)
        change = RoleChange(name=name, description=description, give=give, take=take)
        changed = manage.change(key, change)
    click.echo(
        f"The role {key} of {changed.users} people gives: "
        f"{', '.join(changed.role.permissions) or 'nothing'}."
    )


@roles.command()
@click.argument("key")
@location_options
def delete(key: str, **options: Any) -> None:
    """Delete the role KEY, which nobody may have."""
    with composed(**options) as composition:
        ManageRoles(composition.context).remove(key)
    click.echo(f"Deleted the role {key}.")
