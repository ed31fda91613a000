"""Commands, run in this process as the command line runs them."""

from typer.testing import CliRunner

from sweep import cli, errors


def sweep(*arguments):
    """Exit code and output; a `SweepError` becomes its exit code and message, as in `main`."""
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    if isinstance(result.exception, errors.SweepError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def run_to_the_end():
    """Run the study of `study_file`."""
    return sweep("run", "tiny.yaml", "--engine", "serial")
