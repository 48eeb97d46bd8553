"""Write what editors have written into a table: CSV or XLSX, by the name of the file."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rvuedge.exchange import Layout, publishable
from rvuedge.spreadsheets import FileError, csv_lines, write_xlsx


class Command(BaseCommand):
    help = (
        "Write all working copies of a model (codecontent, post, faq ...) to a CSV or XLSX file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model")
        parser.add_argument("file", type=Path, help="Its name ends in .csv or .xlsx.")

    def handle(self, *, model: str, file: Path, **options: Any) -> str:
        if file.suffix.lower() not in {".csv", ".xlsx"}:
            raise CommandError("The file's name must end in .csv or .xlsx.")
        try:
            texts = publishable(model)
        except LookupError as error:
            raise CommandError(error.args[0]) from None
        count = texts._default_manager.count()
        rows = Layout(texts).rows(texts._default_manager.all())
        try:
            with NamedTemporaryFile(dir=file.parent, delete=False) as stream:
                try:
                    if file.suffix.lower() == ".csv":
                        stream.writelines(csv_lines(rows))
                    else:
                        write_xlsx(rows, stream)
                except BaseException:
                    Path(stream.name).unlink()
                    raise
            # The old file or the new one, whole.
            umask = os.umask(0)
            os.umask(umask)
            Path(stream.name).chmod(0o666 & ~umask)
            Path(stream.name).replace(file)
        except (FileError, OSError) as error:
            raise CommandError(f"{file}: {error}") from None
        return f"{count:,} {texts._meta.verbose_name_plural} written to {file}."
