import ApprovalCore
import ApprovalEngine
import Crypto
import HTTPModel
import Strategies
import Support
import Synchronization
import Testing

/// Lines that were logged.
private final class LogLines: Sendable {
    private let kept = Mutex<[String]>([])
    var log: Log { Log(threshold: .debug) { line in self.kept.withLock { $0.append(line) } } }
    var text: String { kept.withLock { $0.joined(separator: "\n") } }
}

private let now = Orders.start + .minutes(5)

private func strategy(
    _ system: TargetSystem, secrets: SecretReader = SecretReader { _ throws(SecretError) in Orders.secret },
    timeout: Duration = .seconds(10), log: Log = .silent
) -> HTTPStrategy {
    HTTPStrategy(
        transport: system, secrets: secrets, timeoutDefault: { timeout }, clock: WallClock { now }, log: log
    )
}

/// What an answer is taken for.
enum Meaning: Sendable { case done, notSent, ambiguous, refused }

private func meaning(_ body: () async throws(StrategyError) -> Void) async -> Meaning {
    do throws(StrategyError) {
        try await body()
        return .done
    } catch {
        switch error {
        case .notSent: return .notSent
        case .ambiguous: return .ambiguous
        case .refused: return .refused
        }
    }
}

@Suite struct `What an http target is sent` {
    @Test func `the document names the run, the target, the person and who decided`() async throws {
        let system = TargetSystem(.answer(200))
        let flow = Orders.flow(constraints: Constraints(maxRuntimeSeconds: 900))
        _ = try await strategy(system).escalate(Orders.escalate(flow))
        let call = try #require(system.calls.first)
        #expect(call.request.method == "POST")
        #expect(call.request.target == "https://grants.acme.test/orders")
        #expect(
            call.json == [
                "version": 1, "step": "escalate", "idempotency_key": "run-1/escalate/1",
                "run": [
                    "id": "run-1", "flow": "prod_db", "environment": "main",
                    "requested_at": .string(Orders.start.description),
                ],
                "target": [
                    "name": "orders", "type": "http", "label": "Orders", "settings": ["database": "orders"],
                ],
                "requester": [
                    "id": "person-eve", "email": "eve@acme.test", "name": "Eve",
                    "slack": ["workspace": "T0ACME", "user": "U0EVE"],
                ],
                "identity": "eve@acme.test", "duration_seconds": 3600,
                // The attempt may take ten minutes, access lasts an hour from then at the latest.
                "access_until": .string((now + .minutes(70)).description), "fields": ["reason": "INC-7"],
                "constraints": ["max_runtime_sec": 900, "max_lines_changed": nil],
                "decided_by": [
                    [
                        "id": "person-ada", "email": "ada@acme.test", "name": "Ada",
                        "slack": ["workspace": "T0ACME", "user": "U0ADA"], "at": .string(now.description),
                    ]
                ],
                "output": nil,
            ])
    }

    @Test func `a field can fill in a setting`() async throws {
        let system = TargetSystem(.answer(200))
        let order = try Orders.escalate(
            Orders.flow(fieldBindings: ["database"]), fields: ["database": .string("billing")])
        _ = try await strategy(system).escalate(order)
        #expect(system.calls.first?.json?["target"]?["settings"] == ["database": "billing"])
    }

    @Test func `taking access back sends what switching it on answered`() async throws {
        let system = TargetSystem(.answer(200, #"{"output": {"grant": 17, "ratio": 0.5}}"#), .answer(204))
        let output = try await strategy(system).escalate(Orders.escalate())
        try await strategy(system).deescalate(Orders.deescalate(output: output))
        let second = try #require(system.calls.last?.json)
        #expect(second["step"] == "deescalate")
        #expect(second["idempotency_key"] == "run-1/deescalate/1")
        #expect(second["output"] == ["grant": 17, "ratio": .double(0.5)])
        #expect(second["access_until"] == .null)
    }

    @Test func `the signature covers version, time and the exact bytes`() async throws {
        let system = TargetSystem(.answer(200))
        _ = try await strategy(system).escalate(Orders.escalate())
        let request = try #require(system.calls.first?.request)
        #expect(request.headers["X-Symflow-Timestamp"] == String(now.seconds))
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.headers["Idempotency-Key"] == "run-1/escalate/1")
        #expect(request.headers["User-Agent"]?.isEmpty == false)
        let message = Array("v0:\(now.seconds):".utf8) + request.body
        let wanted = Orders.secret.reveal { "v0=" + Hex.text(hmacByDefinition(message, key: Array($0.utf8))) }
        #expect(request.headers["X-Symflow-Signature"] == wanted)
        let other = Secret("another").reveal { "v0=" + Hex.text(hmacByDefinition(message, key: Array($0.utf8))) }
        #expect(request.headers["X-Symflow-Signature"] != other)
    }

    /// RFC 2104, for keys that are no longer than a block.
    private func hmacByDefinition(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let block = key + [UInt8](repeating: 0, count: 64 - key.count)
        return SHA256.hash(block.map { $0 ^ 0x5c } + SHA256.hash(block.map { $0 ^ 0x36 } + message))
    }

    @Test func `a repetition has the same key and body, another epoch another key`() async throws {
        let system = TargetSystem(.answer(503), .answer(200), .answer(200))
        let strategy = strategy(system)
        _ = try? await strategy.escalate(Orders.escalate())
        _ = try await strategy.escalate(Orders.escalate())
        _ = try await strategy.escalate(Orders.escalate(epoch: 2))
        let requests = system.calls.map(\.request)
        #expect(requests[0].headers["Idempotency-Key"] == requests[1].headers["Idempotency-Key"])
        #expect(requests[0].body == requests[1].body)
        #expect(requests[2].headers["Idempotency-Key"] == "run-1/escalate/2")
        #expect(system.calls[2].json?["idempotency_key"] == "run-1/escalate/2")
    }

    @Test(
        arguments: [
            (nil, nil, 10), ("45", nil, 45), (nil, 4, 4), ("45", 30, 30), ("5", 900, 5),
        ] as [(String?, Int?, Int)])
    func `a call ends at the strategy's time-out, and never runs longer than was approved`(
        own: String?, maxRuntime: Int?, seconds: Int
    ) async throws {
        let system = TargetSystem(.answer(200))
        var settings = ["signing_secret": "signing"]
        settings["timeout"] = own
        let flow = Orders.flow(
            strategySettings: settings, constraints: Constraints(maxRuntimeSeconds: maxRuntime))
        _ = try await strategy(system).escalate(Orders.escalate(flow))
        #expect(system.calls.first?.timeout == .seconds(seconds))
        #expect(system.calls.first?.bodyBytesMax == 64 * 1024)
    }

    @Test(arguments: [("true", Sharing.membership), ("false", .perRun), (nil, .perRun)] as [(String?, Sharing)])
    func `grants are shared where the target says so`(shared: String?, sharing: Sharing) throws {
        var settings = ["url": "https://grants.acme.test/"]
        settings["shared"] = shared
        #expect(strategy(TargetSystem()).sharing(try Orders.escalate(Orders.flow(targetSettings: settings))) == sharing)
    }
}

@Suite struct `What an http target's answer means` {
    static let inProgress = #"{"status": "in_progress"}"#

    @Test(
        arguments: [
            (200, "", [:], .done, .done), (201, "{}", [:], .done, .done), (204, "", [:], .done, .done),
            (202, "{}", [:], .done, .done), (202, inProgress, [:], .ambiguous, .ambiguous),
            (409, inProgress, [:], .ambiguous, .ambiguous), (409, "{}", [:], .refused, .refused),
            (301, "", ["Location": "https://elsewhere.test/"], .refused, .refused), (304, "", [:], .refused, .refused),
            (400, "", [:], .refused, .refused), (401, "", [:], .refused, .refused), (403, "", [:], .refused, .refused),
            (404, "", [:], .refused, .done), (410, "", [:], .refused, .done), (422, "", [:], .refused, .refused),
            (408, "", [:], .notSent, .notSent), (425, "", [:], .notSent, .notSent), (429, "", [:], .notSent, .notSent),
            (503, "", ["Retry-After": "5"], .notSent, .notSent), (503, "", [:], .ambiguous, .ambiguous),
            (500, "", [:], .ambiguous, .ambiguous), (500, "", ["Retry-After": "5"], .ambiguous, .ambiguous),
            (502, "", [:], .ambiguous, .ambiguous), (504, "", [:], .ambiguous, .ambiguous),
            (520, "", [:], .ambiguous, .ambiguous), (501, "", [:], .refused, .refused),
            (505, "", [:], .refused, .refused), (100, "", [:], .ambiguous, .ambiguous),
            (700, "", [:], .ambiguous, .ambiguous),
        ] as [(Int, String, HTTPHeaders, Meaning, Meaning)])
    func `by its status`(
        status: Int, body: String, headers: HTTPHeaders, escalating: Meaning, removing: Meaning
    ) async throws {
        let system = TargetSystem(.answer(status, body, headers), .answer(status, body, headers))
        let (on, off) = (try Orders.escalate(), try Orders.deescalate())
        let first = await meaning { () throws(StrategyError) in _ = try await strategy(system).escalate(on) }
        let second = await meaning { () throws(StrategyError) in try await strategy(system).deescalate(off) }
        #expect(first == escalating)
        #expect(second == removing)
        #expect(system.calls.count == 2, "one call each: trying again is the engine's to decide")
    }

    @Test(
        arguments: [
            (.unreachable(reason: "no such host"), .notSent), (.invalidRequest(reason: "a space"), .notSent),
            (.timedOut(after: .seconds(10)), .ambiguous), (.interrupted(reason: "reset"), .ambiguous),
            (.responseTooLarge(limit: 65_536), .ambiguous), (.cancelled, .ambiguous),
        ] as [(TransportError, Meaning)])
    func `by how the call failed`(error: TransportError, wanted: Meaning) async throws {
        let system = TargetSystem(.failure(error), .failure(error))
        let (on, off) = (try Orders.escalate(), try Orders.deescalate())
        let first = await meaning { () throws(StrategyError) in _ = try await strategy(system).escalate(on) }
        let second = await meaning { () throws(StrategyError) in try await strategy(system).deescalate(off) }
        #expect(first == wanted)
        #expect(second == wanted)
    }

    @Test(arguments: [
        (#"{"error": "  no seat left "}"#, "The target answered 403: no seat left"),
        (#"{"error": {"message": "no seat left"}}"#, "The target answered 403: no seat left"),
        (#"{"error": ""}"#, "The target answered 403."), (#"{"error": 7}"#, "The target answered 403."),
        ("<html>", "The target answered 403."),
    ])
    func `a refusal says what the target says`(body: String, reason: String) async throws {
        let order = try Orders.escalate()
        await #expect(throws: StrategyError.refused(reason)) {
            try await strategy(TargetSystem(.answer(403, body))).escalate(order)
        }
    }

    @Test func `a long refusal is shortened`() async throws {
        let body = JSONValue.object(["error": .string(String(repeating: "é", count: 5000))]).compact
        let order = try Orders.escalate()
        let error = await #expect(throws: StrategyError.self) {
            try await strategy(TargetSystem(.answer(400, body))).escalate(order)
        }
        #expect(error?.reason == "The target answered 400: " + String(repeating: "é", count: 299) + "…")
    }

    @Test(
        arguments: [
            ("", nil), ("{}", nil), (#"{"output": null}"#, nil), (#"{"output": {}}"#, "{}"),
            (#"{"output": {"b": 1, "a": [true]}, "more": 1}"#, #"{"b":1,"a":[true]}"#),
        ] as [(String, String?)])
    func `output is kept, and silence is fine`(body: String, output: String?) async throws {
        let lines = LogLines()
        let kept = try await strategy(TargetSystem(.answer(200, body)), log: lines.log).escalate(Orders.escalate())
        #expect(kept == output)
        #expect(lines.text.isEmpty)
    }

    @Test(arguments: [
        "OK", "[1]", #"{"output": "text"}"#, #"{"output": {"#,
        #"{"output": {"big": ""# + String(repeating: "x", count: 16 * 1024) + #""}}"#,
    ])
    func `access is on even where the output cannot be kept, and the log says so`(body: String) async throws {
        let lines = LogLines()
        let kept = try await strategy(TargetSystem(.answer(200, body)), log: lines.log).escalate(Orders.escalate())
        #expect(kept == nil)
        #expect(lines.text.contains("cannot be kept"))
        #expect(lines.text.contains("run-1"))
    }
}

@Suite struct `An http call that is not made` {
    @Test(arguments: [
        SecretError.unknown(name: "signing"), .unreadable(name: "signing", reason: "SIGNING is not set"),
    ])
    func `without its secret`(error: SecretError) async throws {
        let system = TargetSystem(.answer(200))
        let order = try Orders.escalate()
        let thrown = await #expect(throws: StrategyError.self) {
            try await strategy(system, secrets: SecretReader { _ throws(SecretError) in throw error }).escalate(order)
        }
        #expect(thrown == .notSent(error.reason))
        #expect(thrown?.reason.contains("\"signing\"") == true)
        #expect(system.calls.isEmpty)
    }

    @Test(arguments: [nil, "", "ftp://files.acme.test/", "file:///etc/passwd", "grants.acme.test"] as [String?])
    func `without a web address`(url: String?) async throws {
        let system = TargetSystem(.answer(200))
        var settings = ["database": "orders"]
        settings["url"] = url
        let order = try Orders.escalate(Orders.flow(targetSettings: settings))
        #expect(
            await meaning { () throws(StrategyError) in _ = try await strategy(system).escalate(order) } == .notSent)
        #expect(system.calls.isEmpty)
    }

    @Test func `unsigned`() async throws {
        let system = TargetSystem(.answer(200))
        let order = try Orders.escalate(Orders.flow(strategySettings: [:]))
        #expect(
            await meaning { () throws(StrategyError) in _ = try await strategy(system).escalate(order) } == .notSent)
        #expect(system.calls.isEmpty)
    }
}
