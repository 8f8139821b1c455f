"""The flags of a program that reads a run: its folder, where its data are, where pictures go."""

import functools
import pathlib
import tempfile

from absl import flags

import tfcnn
from experiments.command_line import flag_types
from tfcnn.errors import wrong
from tfcnn.json_files import read_json, write_json
from tfcnn.regular_files import sha256_of
from tfcnn.runs.run import Run

# A flag belongs to the program that defines it, not to this file.
flags.disclaim_key_flags()

_MOST_BYTES = 2**33  # Of a weights file.


class RunFlags:
    """Where a run's data are and where its pictures go, whichever run it is."""

    def __init__(self, *, reads_data: bool = True, draws: bool = True) -> None:
        """Defines ``--dataset`` and ``--other_data``, and ``--output_dir``, where there is use."""
        self._draws = draws
        if reads_data:
            flags.DEFINE_string(
                "dataset",
                None,
                "Where the data are now, if not where they were when the run began, as for "
                "experiments.train.",
            )
            flags.DEFINE_boolean(
                "other_data",
                False,
                "Go on with --dataset although the run was not trained on it; pictures say so, and "
                "have a folder of their own.",
            )
        if draws:
            flag_types.define_path(
                "output_dir", None, "Where pictures and tables go. Default: the run's plots."
            )

    def of(self, path: pathlib.Path) -> Run:
        """The run in a folder, as the flags say.

        Raises:
          InputError: Pictures may not go where the flags say, cannot be written there although it
            is a run, or those of another network are there; or ``--other_data`` stands alone.
        """
        given = flags.FLAGS.flag_values_dict()
        output = given.get("output_dir")
        data = given.get("dataset"), given.get("other_data", False)
        if output:
            tfcnn.runs.refuse_own_files("output_dir", output, draws=True)
        run = Run(path, pathlib.Path(output) if output else None, *data)
        if self._draws and run.files.weights.is_file():
            _check_writable("output_dir" if output else "run_dir", run.plots)
            if run.output_dir:
                _keep_for(run.output_dir, run)
        if run.other_data:
            if not run.dataset:
                raise wrong("other_data", "--dataset beside it", "none")
            tfcnn.report.note_on_pictures(f"on {run.dataset}, not what the network was trained on")
        return run


class RunFlag(RunFlags):
    """The same with ``--run_dir``, which says which run it is."""

    def __init__(self, *, reads_data: bool = True, draws: bool = True) -> None:
        """Defines the flags."""
        self._path = flag_types.define_path(
            "run_dir", None, "The folder of a finished run.", required=True
        )
        super().__init__(reads_data=reads_data, draws=draws)

    @functools.cached_property
    def value(self) -> Run:
        """The run, as the flags say when it is first asked for. Its folder is read later.

        Raises:
          InputError: As ``of``.
        """
        return self.of(pathlib.Path(self._path.value))


def _check_writable(flag: str, folder: pathlib.Path) -> None:
    """Refuses a folder, there or still to be made, in which no file can be made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        hint = "" if flag == "output_dir" else "; --output_dir names another place"
        raise wrong(flag, "a folder to write to", f"{folder}: {error.strerror}{hint}") from None


def _keep_for(folder: pathlib.Path, run: Run) -> None:
    """Notes in a folder of which network its pictures are; another's would be called the same."""
    note = folder / "run.json"
    digest = sha256_of(run.files.weights, _MOST_BYTES, "a weights file")
    if note.is_file():
        told = read_json(note)
        if told.get("weights_sha256") != digest:
            expected = "a folder without pictures of another network"
            raise wrong("output_dir", expected, f"those of {str(told.get('run_dir'))!r}")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(note, {"run_dir": str(run.path.resolve()), "weights_sha256": digest})
