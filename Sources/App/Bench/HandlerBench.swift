import FlowConfig
import FoundationEssentials
import Glibc
import HandlersPython
import Support

/// What handlers in Python cost: the way to a worker and back, the first call of a new implementation, an idle worker.
struct HandlerBench {
    private let command: WorkerCommand

    private static let rounds = 2000
    private static let implementations = 20
    /// Of one event, as JSON: a form with a long answer.
    private static let eventBytes = 4096
    private static let limit: Duration = .seconds(10)
    /// How long a spare worker may take to be there, and an idle one to come to rest.
    private static let settle: Duration = .seconds(1)

    /// - Throws: `CommandError` that says why handlers cannot run here.
    init() async throws {
        let variables = ProcessInfo.processInfo.environment
        let start = PythonStart(
            interpreter: variables["SYM_PYTHON"], path: variables["PATH"], sandbox: { .bubblewrap }, mayDoWithout: true,
            log: Log(threshold: .error)
        )
        try await start.check()
        command = try await start.command()
    }

    func measure(_ report: inout BenchReport) async throws {
        try await roundTrips(&report)
        try await firstCalls("a new implementation, with a spare worker", spares: 1, &report)
        try await firstCalls("a new implementation, without", spares: 0, &report)
    }

    // MARK: Parts

    private func roundTrips(_ report: inout BenchReport) async throws {
        let pool = pool(spares: 0)
        let event = Self.event
        var latencies = Latencies()
        var inProcess = 0.0
        let implementation = Implementation(flow: "bench", source: Self.source)
        try await lent(by: pool, for: implementation) { worker throws(WorkerError) in
            for _ in 0..<Self.rounds {
                let start = MonotonicInstant.now()
                _ = try await call("get_permissions", event, worker)
                latencies.add(MonotonicInstant.now().nanoseconds - start.nanoseconds)
            }
            // A hook that measures the reducer where it stands, and says so in its reason.
            let measured = try await call("on_deny", event, worker)["reason"]?.text ?? ""
            inProcess = (Double(measured) ?? 0) / 1_000_000
        }
        latencies.sort()
        report.add(
            "reducer, event of \(event.bytes.count) bytes",
            [
                ("p50_ms", latencies.milliseconds(0.5)), ("p99_ms", latencies.milliseconds(0.99)),
                ("in_process_p50_ms", inProcess), ("over_in_process_p50_ms", latencies.milliseconds(0.5) - inProcess),
            ]
        )
        try await Task.sleep(for: Self.settle)
        report.add("idle worker", [("pss_mb", Double(Self.workersKiB) / 1024)])
        await pool.stop()
    }

    private func firstCalls(_ name: String, spares: Int, _ report: inout BenchReport) async throws {
        let pool = pool(spares: spares)
        let running = Task { try await pool.run() }
        defer { running.cancel() }
        pool.warmUp()
        var latencies = Latencies()
        for number in 0..<Self.implementations {
            if spares > 0 { try await Task.sleep(for: Self.settle) }
            let start = MonotonicInstant.now()
            let implementation = Implementation(flow: "bench", source: Self.source + "# \(number)\n")
            try await lent(by: pool, for: implementation) { worker throws(WorkerError) in
                _ = try await call("get_permissions", Self.event, worker)
            }
            latencies.add(MonotonicInstant.now().nanoseconds - start.nanoseconds)
            if spares == 0 { await pool.stop() }
        }
        latencies.sort()
        report.add(name, [("p50_ms", latencies.milliseconds(0.5)), ("max_ms", latencies.milliseconds(1))])
        await pool.stop()
    }

    // MARK: What they share

    private func pool(spares: Int) -> WorkerPool {
        var settings = PoolSettings()
        settings.spares = spares
        return WorkerPool(settings: settings, log: Log(threshold: .error)) { [command] in command }
    }

    private func lent(
        by pool: WorkerPool, for implementation: Implementation,
        _ body: (PooledWorker) async throws(WorkerError) -> Void
    ) async throws {
        do throws(WorkerError) {
            try await pool.withWorker(
                for: implementation, waitingUntil: .now() + Self.limit, loadTime: Self.limit, company: Self.company,
                body
            )
        } catch { throw CommandError("A handler cannot be measured: \(error.report)") }
    }

    private func call(
        _ handler: String, _ event: JSONValue, _ worker: PooledWorker
    ) async throws(WorkerError) -> JSONValue {
        try await worker.call(
            handler, ["event": event], run: "bench", idempotencyKey: "bench", within: Self.limit, company: Self.company
        )
    }

    private static let company = WorkerProcess.Company(
        serve: { name, _ in .error(code: "SymSDK:NOT_AVAILABLE", message: name) }, print: { _, _ in }
    )

    /// Memory of the workers that there are, shared pages in proportion.
    private static var workersKiB: Int {
        let mark = "symflow_worker_main.py"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let parents = Dictionary(
            names.compactMap(Int32.init).map { ($0, parent(of: $0)) }, uniquingKeysWith: { first, _ in first }
        )
        return parents.keys.filter { pid in
            var above = parents[pid] ?? 0
            while above > 1, above != getpid() { above = parents[above] ?? 0 }
            let words = ProcessFile.read("/proc/\(pid)/cmdline")?.split(separator: "\0") ?? []
            // What is around it, such as bubblewrap, names it too.
            return above == getpid() && words.contains { $0.hasSuffix(mark) } && words.first?.contains("python") == true
        }.map { ServerProcess.proportionalKiB(of: $0) }.reduce(0, +)
    }

    private static func parent(of pid: pid_t) -> pid_t {
        let fields = ProcessFile.read("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 1 ? pid_t(fields[1]) ?? 0 : 0
    }

    private static let source = """
        from time import perf_counter_ns
        from sym.sdk.annotations import hook, reducer
        from sym.sdk.request_permission import PermissionLevel, RequestPermission
        from sym.sdk.templates import ApprovalTemplate

        @reducer
        def get_permissions(event):
            is_short = len(event.payload.fields["reason"]) < 100
            level = PermissionLevel.MEMBER if is_short else PermissionLevel.ADMIN
            return RequestPermission(webapp_view=level, approve_deny=level)

        @hook
        def on_deny(event):
            times = []
            for _ in range(\(rounds)):
                start = perf_counter_ns()
                get_permissions(event)
                times.append(perf_counter_ns() - start)
            return ApprovalTemplate.deny(reason=str(sorted(times)[len(times) // 2]))

        """

    private static let event: JSONValue = {
        var event = eventDocument(reason: "")
        event = eventDocument(reason: String(repeating: "r", count: max(eventBytes - event.bytes.count, 0)))
        return event
    }()

    private static func eventDocument(reason: String) -> JSONValue {
        let user: JSONValue = [
            "id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "email": "bob@bench.test", "username": "bob@bench.test",
            "type": "normal", "first_name": "Bob", "last_name": "Builder", "role": "member",
            "identities": [["service": "slack", "service_id": "T0BENCH", "user_id": "U0BOB"]],
        ]
        let channel: JSONValue = ["srn": "bench:channel:slack:latest", "identifier": nil, "type": "slack"]
        return [
            "srn": "bench:event:request:latest:1", "name": "request",
            "payload": [
                "srn": "bench:payload:request:latest:1", "timestamp": "2026-11-21T09:00:00.000Z", "user": user,
                "fields": [
                    "reason": ["type": "string", "value": .string(reason)],
                    "duration": ["type": "duration", "value": 3600],
                ],
            ], "meta": ["srn": "bench:event_meta:request:latest"],
            "template": ["srn": "sym:template:approval:1.0.0"],
            "flow": [
                "srn": "bench:flow:bench:latest", "label": "Bench", "vars": ["team": "data"], "strategy": nil,
                "fields": [
                    [
                        "name": "reason", "type": "string", "value": nil, "label": "Why?", "required": true,
                        "visible": true, "current_allowed_values": [], "original_allowed_values": [],
                    ]
                ], "environment": ["srn": "bench:environment:main:latest", "integrations": [:]],
            ], "channel": channel,
            "run": [
                "srn": "bench:run:bench:latest:1", "actors": ["request": user], "contexts": [:],
                "source_channel": channel,
            ],
        ]
    }
}
