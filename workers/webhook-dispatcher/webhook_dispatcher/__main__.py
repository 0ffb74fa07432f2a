from common.process import run_until_stopped

from webhook_dispatcher.dispatching import dispatch
from webhook_dispatcher.settings import DispatcherSettings

if __name__ == "__main__":
    settings = DispatcherSettings.load()
    run_until_stopped("webhook-dispatcher", dispatch(settings), settings)
