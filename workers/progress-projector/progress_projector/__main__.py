from common.process import run_until_stopped

from progress_projector.projector import project
from progress_projector.settings import ProjectorSettings

if __name__ == "__main__":
    settings = ProjectorSettings.load()
    run_until_stopped("progress-projector", project(settings), settings)
