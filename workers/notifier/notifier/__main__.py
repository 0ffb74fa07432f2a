from common.process import run_until_stopped

from notifier.notifying import notify
from notifier.settings import NotifierSettings

if __name__ == "__main__":
    settings = NotifierSettings.load()
    run_until_stopped("notifier", notify(settings), settings)
