"""The office's side of the rights channel, composed: officers, timers, the feed. Complainants have public_app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.cancellation import at_work
from common.clock import Clock, system_clock
from common.database import Database
from common.feed_api import close_metrics, feed_router
from common.files.clamd import Clamd
from common.files.scanning import BlockScanner
from common.http import Router, add_check, create_app
from common.proofs import Proofs
from common.sightings import Sightings
from common.timers import Task, run_for_ever
from contracts import entitlements
from contracts.retention import exchange_log_kept_from
from contracts.rights_events import TOPIC
from fastapi import FastAPI

from rights_api.alarms.notifier_routes import router as notifier
from rights_api.alarms.routes import router as alarms
from rights_api.assessments.routes import router as assessments
from rights_api.attachments.routes import router as attachments
from rights_api.attachments.running import attachments_at_work
from rights_api.attachments.store import when_an_upload_is_abandoned_discard
from rights_api.calendars.routes import router as calendars
from rights_api.clocks.store import announce
from rights_api.complaints.consent_routes import router as consents
from rights_api.complaints.routes import router as complaints
from rights_api.complaints.step_routes import router as complaint_steps
from rights_api.complaints.tasks import (
    when_a_deadline_is_missed_escalate,
    when_a_supplement_does_not_come_go_on,
    when_content_is_sealed_to_the_office_move_it,
)
from rights_api.consultations.resolution_routes import router as resolutions
from rights_api.consultations.routes import router as consultations
from rights_api.consultations.store import lapse_resolutions
from rights_api.desk.routes import router as desk
from rights_api.duty.store_causes import (
    alarm_about_deadlines,
    alarm_about_hand_overs,
    alarm_about_rosters,
    climb_alarms,
)
from rights_api.evaluations.routes import router as evaluations
from rights_api.evaluations.store import when_a_window_closes_count
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.facilities.figure_routes import router as facility_figures
from rights_api.facilities.place_routes import router as facility_organs
from rights_api.facilities.public_routes import router as public_facilities
from rights_api.facilities.routes import router as facilities
from rights_api.keys.vault import CaseVault
from rights_api.linkage.organ_routes import router as linked_organs
from rights_api.linkage.routes import router as linkage
from rights_api.linkage.unit_routes import router as complaint_units
from rights_api.meetings.routes import router as meetings
from rights_api.meetings.tasks import when_no_meeting_is_arranged_file
from rights_api.messages.routes import router as messages
from rights_api.problems import install_rights_handlers
from rights_api.retention.tasks import when_the_term_of_a_case_is_over_erase
from rights_api.rosters.hand_over_routes import router as hand_overs
from rights_api.rosters.routes import router as rosters
from rights_api.settings import RightsSettings
from rights_api.statistics.public_routes import router as public_statistics
from rights_api.statistics.routes import router as statistics

SOURCE = "/rights"

ROUTERS: tuple[Router, ...] = (
    attachments,
    complaints,
    complaint_steps,
    meetings,
    messages,
    consents,
    assessments,
    evaluations,
    consultations,
    resolutions,
    facility_organs,
    facilities,
    facility_figures,
    public_facilities,
    public_statistics,
    statistics,
    desk,
    calendars,
    rosters,
    hand_overs,
    alarms,
    notifier,
    complaint_units,
    linkage,
    linked_organs,
)


def tasks_of(settings: RightsSettings, vault: CaseVault) -> tuple[Task, ...]:
    """What timers do, in this order."""
    return (
        when_a_supplement_does_not_come_go_on(vault),  # first: what it resumes is not overdue by itself
        when_no_meeting_is_arranged_file(vault),  # what it files may be overdue already, where the timer comes late
        announce,
        lapse_resolutions,
        alarm_about_deadlines,  # before what is missed goes to another organ: who missed it is told too
        when_a_deadline_is_missed_escalate(vault),
        alarm_about_hand_overs,
        alarm_about_rosters(settings.rights_rosters_from),
        climb_alarms,
        when_a_window_closes_count(vault),
        # These two last: they need a second database, and what is over is not moved any more.
        when_the_term_of_a_case_is_over_erase(vault),
        when_content_is_sealed_to_the_office_move_it(vault),
        when_an_upload_is_abandoned_discard,
    )


def build_app(settings: RightsSettings, *, clock: Clock = system_clock, scanner: BlockScanner | None = None) -> FastAPI:
    """`scanner`: another than the one that the settings connect."""
    vault, keys, signer = settings.vault(), settings.receipt_keys(), settings.signer()
    if scanner is None and settings.rights_clamd is not None:
        scanner = Clamd(settings.rights_clamd)
    proofs = Proofs(signer, TOPIC, exchange_log_kept_from, clock=clock, seconds=settings.timer_seconds, parks=False)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
        app.state.database = database
        add_check(app, "database", database.ping)
        add_check(app, "keys", vault.office.keys.ping)
        looking = run_for_ever(
            database, clock, settings.timer_seconds, tasks_of(settings, vault), looked=app.state.looked
        )
        try:
            async with (
                at_work(looking),
                attachments_at_work(
                    app, database, vault=vault, clock=clock, scanner=scanner, seconds=settings.rights_attachment_seconds
                ),
                proofs.kept(database),
            ):
                yield
        finally:
            await database.close()
            await vault.close()

    app = create_app(
        title="豫律 维权服务 Practice rights",
        settings=settings,
        lifespan=lifespan,
        description="律师执业权利受侵害的投诉、受理、答复与查询。Complaints by lawyers about violated practice rights.",
    )
    app.state.clock = clock
    app.state.looked = asyncio.Event()  # the timers have been round once
    app.state.vault = vault
    app.state.sightings = Sightings()
    app.state.idempotency_pepper = keys.officers
    app.state.invitation_codes = InvitationCodes(keys)
    install_auth(app, settings)
    close_metrics(app, TOPIC, entitlements)
    install_rights_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(feed_router(TOPIC, entitlements))
    proofs.install(app, entitlements)
    return app
