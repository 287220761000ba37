"""How old the snapshot of the advisory database is that lies beside the checkout.

    python3 tests/advisories.py ../shared/advisories/rustsec-crates.tar.xz

cargo-deny takes a snapshot of any age. The date is that of the newest advisory in it, as files can be packed anew: the
database gets several a week. `python3 -m unittest tests/advisories.py` tests this file.
"""

import datetime
import io
import re
import sys
import tarfile
import unittest

MOST_DAYS = 120
DATE = re.compile(r'^date = "(\d{4}-\d{2}-\d{2})"$', re.MULTILINE)


def newest(snapshot) -> datetime.date | None:
    """The date of the newest advisory."""
    with tarfile.open(fileobj=snapshot) as files:
        texts = (files.extractfile(file).read().decode() for file in files if file.name.endswith(".md"))
        dates = (DATE.search(text) for text in texts)
        return max((datetime.date.fromisoformat(date[1]) for date in dates if date), default=None)


def flaw(date: datetime.date | None, today: datetime.date) -> str | None:
    """What is wrong with a snapshot of that date, and what to do."""
    if date is None:
        return "the snapshot holds no advisory with a date: pack the folder crates/ of rustsec/advisory-db"
    if (today - date).days <= MOST_DAYS:
        return None
    return (
        f"the newest advisory of the snapshot is of {date}, more than {MOST_DAYS} days ago: replace the snapshot by the "
        "folder crates/ of today's rustsec/advisory-db, or remove it, and cargo-deny fetches the database"
    )


class Ages(unittest.TestCase):
    def packed(self, *texts: str) -> io.BytesIO:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:xz") as files:
            for number, text in enumerate(texts):
                file = tarfile.TarInfo(f"crates/some/RUSTSEC-2026-{number:04}.md")
                file.size = len(text.encode())
                files.addfile(file, io.BytesIO(text.encode()))
        archive.seek(0)
        return archive

    def test_the_newest_advisory_is_the_snapshots_date(self):
        texts = ['```toml\n[advisory]\ndate = "2026-08-20"\n```', '[advisory]\ndate = "2025-01-01"\nwithdrawn = "2027-01-01"']
        self.assertEqual(newest(self.packed(*texts)), datetime.date(2026, 8, 20))
        self.assertIsNone(newest(self.packed("no date")))

    def test_a_snapshot_that_is_too_old_or_of_no_date_is_told(self):
        date = datetime.date(2026, 8, 20)
        self.assertIsNone(flaw(date, date + datetime.timedelta(days=120)))
        self.assertIn("replace the snapshot", flaw(date, date + datetime.timedelta(days=121)))
        self.assertIn("no advisory", flaw(None, date))


def main() -> None:
    with open(sys.argv[1], "rb") as snapshot:
        date = newest(snapshot)
    if told := flaw(date, datetime.date.today()):
        sys.exit(told)
    print(f"the newest advisory of the snapshot is of {date}")


if __name__ == "__main__":
    main()
