"""`python -m yulu_local.kafka_tools console-consumer …`: Kafka's own command line, for tests and the sandbox."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from yulu_local import jars
from yulu_local.kafka import java
from yulu_local.problems import Misfortune

TOOLS = {
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "topics": "org.apache.kafka.tools.TopicCommand",
    "acls": "org.apache.kafka.tools.AclCommand",
}


def command(tool: str, arguments: Sequence[str]) -> list[str]:
    """Fetches the jars where they are missing. Raises KeyError where there is no such tool, Misfortune."""
    main_class = TOOLS[tool]
    class_path = ":".join(map(str, jars.fetch(jars=[*jars.locked(), *jars.locked(jars.TOOLS)])))
    options = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"]
    options.append("--sun-misc-unsafe-memory-access=allow")
    return [str(java()), *options, "-cp", class_path, main_class, *arguments]


def main(arguments: Sequence[str]) -> NoReturn:
    if not arguments or arguments[0] not in TOOLS:
        sys.exit(f"用法 / usage: python -m yulu_local.kafka_tools {{{'|'.join(TOOLS)}}} …")
    try:
        line = command(arguments[0], arguments[1:])
    except Misfortune as misfortune:
        sys.exit(str(misfortune))
    os.execv(line[0], line)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
