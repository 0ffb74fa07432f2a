"""What an operator is told when something cannot be done: one sentence, Chinese first, never a traceback."""


class Trouble(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
