"""`sweep check`: is this study file sound?"""

from __future__ import annotations

from sweep.commands.arguments import File, Profile, Set, TrainerOption, given
from sweep.commands.console import console, say


def check(
    file: File, overrides: Set = None, profile: Profile = None, trainer: TrainerOption = None
) -> None:
    """Validate a study file; prints every violation with its line."""
    from sweep import spec, study
    from sweep.commands import power_view
    from sweep.session import plan as planning
    from sweep.spec import unread

    path = study.find(file)
    checked = spec.load(
        path, overrides=given(overrides, trainer), profile=profile, import_trainer=True
    )
    planned = planning.plan(checked)
    if power_view.is_hopeless(checked, planned):
        line = power_view.power_line(checked, planned)
        console().print(line, style="bold yellow", highlight=False, markup=False)
    for note in (*checked.notes, *unread.warnings(checked)):
        console().print(f"note: {note}", style="yellow", highlight=False, markup=False)
    if (line := power_view.power_line(checked, planned)) and not power_view.is_hopeless(
        checked, planned
    ):
        say(line)
    say(f"{path}: a sound study of {len(checked.parameters)} parameters")
