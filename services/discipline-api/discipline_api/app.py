"""discipline-api: sanctions, their disclosure, and the feed discipline.events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from common.auth import install_auth
from common.cancellation import at_work
from common.clock import Clock, system_clock
from common.database import Database
from common.feed_api import close_metrics, feed_router, parked_router
from common.files.copying import Copies
from common.files.receiving import Receiving
from common.files.scanning import NoScanner, Scanner
from common.http import Router, add_check, create_app
from common.http.client import ServiceClient
from common.http.correlation import NoOfferedCorrelation
from common.http.rate_limit import RateLimit
from common.proofs import Proofs
from common.secrecy.receipts import Receipts
from common.timers import Task, run_for_ever
from common.trust import trust
from contracts import entitlements
from contracts.discipline_events import TOPIC
from contracts.retention import exchange_log_kept_from
from fastapi import FastAPI

from discipline_api.audit.attempts import Attempts
from discipline_api.audit.store import link
from discipline_api.auditing.routes import router as auditing
from discipline_api.auditing.store import take_head
from discipline_api.benchmarks.routes import router as benchmarks
from discipline_api.clocks.store import announce
from discipline_api.complaints.public_routes import router as public_complaints
from discipline_api.complaints.routes import router as complaints
from discipline_api.complaints.step_routes import router as complaint_steps
from discipline_api.complaints.tasks import (
    when_linked_case_moves_note_it,
    when_retention_is_over_erase_complaints,
    when_time_for_review_is_over_close,
)
from discipline_api.conduct_records.routes import router as conduct_records
from discipline_api.conduct_records.store import erase_conduct_records
from discipline_api.credit.routes import router as credit
from discipline_api.credit.store import erase_identities
from discipline_api.disclosures.checking import daily_check
from discipline_api.disclosures.public_list import add_public_list
from discipline_api.disclosures.public_reads import add_public_reads
from discipline_api.disclosures.routes import router as disclosures
from discipline_api.disclosures.store import forget_reads
from discipline_api.display.store import end_due
from discipline_api.extracts.codes import ResultCodes
from discipline_api.extracts.pdf import ElectronicSeal, NoSeal
from discipline_api.extracts.registered import SECONDS as REGISTRY_SECONDS
from discipline_api.extracts.routes import router as extracts
from discipline_api.extracts.store import forget_results
from discipline_api.files.store import scanning
from discipline_api.impostors.public_routes import router as impostor_clues
from discipline_api.impostors.routes import router as impostor_cases
from discipline_api.impostors.store import when_retention_is_over_erase_impostor_cases
from discipline_api.linkages.consumers import resolved
from discipline_api.linkages.routes import router as linkages
from discipline_api.linkages.store import forget_reasons
from discipline_api.paperwork.registers import router as registers
from discipline_api.paperwork.routes import router as paperwork
from discipline_api.paperwork.store import erase_archives
from discipline_api.prevention.routes import router as prevention
from discipline_api.prevention.store import erase_talks
from discipline_api.problems import install_handlers
from discipline_api.proceedings.routes import router as proceedings
from discipline_api.proceedings.store import erase_cases
from discipline_api.receipts.intake import is_complainants
from discipline_api.record.store import erase_ended
from discipline_api.record.store_publicity import erase_assessments
from discipline_api.remarks.own_routes import router as own_records
from discipline_api.remarks.repair_routes import router as repairs
from discipline_api.remarks.routes import router as objections
from discipline_api.remarks.statement_routes import router as statements
from discipline_api.remarks.store import erase_remarks, lapse_remarks
from discipline_api.safeguards.routes import router as safeguards
from discipline_api.sanctions.routes import router as sanctions
from discipline_api.sanctions.store import settle_credit
from discipline_api.settings import DisciplineSettings
from discipline_api.statistics.routes import router as statistics
from discipline_api.transparency.routes import add_transparency_routes
from discipline_api.watches.keys import WatchKeys
from discipline_api.watches.routes import router as watches
from discipline_api.watches.store import notifying

ROUTERS: tuple[Router, ...] = (
    sanctions,
    public_complaints,
    complaints,
    complaint_steps,
    impostor_clues,
    impostor_cases,
    proceedings,
    disclosures,
    safeguards,
    credit,
    conduct_records,
    benchmarks,
    extracts,
    objections,
    repairs,
    statements,
    own_records,
    prevention,
    linkages,
    statistics,
    auditing,
    watches,
    paperwork,
    registers,
)
TASKS: tuple[Task, ...] = (
    lapse_remarks,  # first: what has ended misses no deadline after its end
    when_time_for_review_is_over_close,
    when_linked_case_moves_note_it,
    when_retention_is_over_erase_complaints,
    when_retention_is_over_erase_impostor_cases,
    announce,
    settle_credit,
    end_due,
    erase_cases,
    erase_ended,
    erase_conduct_records,
    erase_identities,
    erase_assessments,
    erase_remarks,
    forget_results,
    forget_reads,
    erase_talks,
    forget_reasons,
    erase_archives,
    link,
    take_head,
)
"""What timers do, in this order; after them watchers are told, and the ways out compared."""


def build_app(
    settings: DisciplineSettings,
    *,
    clock: Clock = system_clock,
    registry: httpx.AsyncBaseTransport | None = None,
    seal: ElectronicSeal | None = None,
    scanner: Scanner | None = None,
) -> FastAPI:
    """`registry`: how the registry is reached, where not over the network; `seal`, `scanner`: where connected."""
    vault, keys, signer = settings.vault(), settings.receipt_keys(), settings.signer()
    proofs = Proofs(signer, TOPIC, exchange_log_kept_from, clock=clock, seconds=settings.timer_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source="/discipline", pool_size=settings.database_pool_size)
        app.state.database = database
        app.state.receipts = Receipts(keys)
        app.state.attempts = Attempts(database)
        add_check(app, "database", database.ping)
        app.state.registry = ServiceClient(
            "registry",
            base_url=settings.registry_url,
            timeout=REGISTRY_SECONDS,
            trust_env=False,
            verify=trust(),
            transport=registry,
        )
        # The comparison comes last: it takes a while.
        bound = (notifying(app.state.watch_keys), scanning(vault, app.state.scanner))
        tasks = (*TASKS, *bound, daily_check(settings.check_at))
        looking = run_for_ever(database, clock, settings.timer_seconds, tasks, looked=app.state.looked)
        try:
            async with at_work(looking), proofs.kept(database):
                yield
        finally:
            await app.state.registry.aclose()
            app.state.receipts.close()
            await database.close()

    app = create_app(title="豫律 惩戒与公示 Discipline", settings=settings, lifespan=lifespan)
    app.state.looked = asyncio.Event()  # the timers have been round once
    keys = settings.receipt_keys()
    app.state.idempotency_pepper = keys.officers  # else a stolen database would confirm guesses of what was sent
    app.state.result_codes = ResultCodes(keys)
    app.state.watch_keys = WatchKeys(keys)
    app.state.result_limit = RateLimit(settings.result_rate_limit)
    app.state.seal = seal or NoSeal()
    app.state.vault = vault
    app.state.likeness = keys.likeness
    app.state.filing_limit = RateLimit(settings.filing_rate_limit)
    app.state.receipt_limit = RateLimit(settings.receipt_rate_limit)
    app.state.scanner = scanner or NoScanner()
    app.state.copies, app.state.receiving = Copies(), Receiving()
    install_auth(app, settings)
    close_metrics(app, TOPIC, entitlements)
    install_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(feed_router(TOPIC, entitlements))
    app.include_router(parked_router(entitlements, resolved))
    add_public_list(app)  # first: each request asks the raw routes one after another
    add_public_reads(app)
    add_transparency_routes(app)
    proofs.install(app, entitlements)
    app.add_middleware(NoOfferedCorrelation, concerns=is_complainants)  # added last: outermost
    return app
