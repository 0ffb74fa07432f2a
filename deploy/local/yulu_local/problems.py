"""What can go wrong on one machine, said in one sentence that names what to change."""


class Misfortune(Exception):
    """Shown to the person who typed `make run`, Chinese first; never a traceback."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
