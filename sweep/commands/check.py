"""`sweep check`: validate a study file."""

from __future__ import annotations

import typer

from sweep.commands.arguments import File, Json, Profile, Set, TrainerOption, given
from sweep.commands.console import console, say


def check(
    file: File,
    overrides: Set = None,
    profile: Profile = None,
    trainer: TrainerOption = None,
    as_json: Json = False,
) -> None:
    """Validate a study file; print every violation with its line."""
    from sweep import spec, study_file
    from sweep.commands import answering, power_view, resources_here
    from sweep.errors import StudyFileError
    from sweep.session import known_resumption
    from sweep.session import plan as planning
    from sweep.spec import unread

    path = study_file.find(file)
    try:
        checked = spec.load(
            path,
            overrides=given(overrides, trainer),
            profile=profile,
            import_trainer=True,
        )
    except StudyFileError as error:
        if not as_json:
            raise
        answering.tell(answering.faulty(path, error))
        raise typer.Exit(error.exit_code) from None
    planned = planning.plan(checked)
    machine = [*resources_here.notes(checked), *known_resumption.notes(checked)]
    if as_json:
        noted = [*checked.notes, *unread.warnings(checked), *machine]
        answering.tell(answering.sound(path, checked, planned.trials, noted))
        return
    if power_view.is_hopeless(checked, planned):
        line = power_view.power_line(checked, planned)
        console().print(line, style="bold yellow", highlight=False, markup=False)
    for note in (*checked.notes, *unread.warnings(checked), *machine):
        console().print(f"note: {note}", style="yellow", highlight=False, markup=False)
    if (line := power_view.power_line(checked, planned)) and not power_view.is_hopeless(
        checked, planned
    ):
        say(line)
    say(f"{path}: a valid study with {len(checked.parameters)} parameters")
