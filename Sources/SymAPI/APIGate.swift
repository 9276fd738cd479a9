package import ApprovalEngine
import HTTPModel
package import Support
import Synchronization

/// What stands before every call: how often one may call, and the record of who was refused.
package final class APIGate: Sendable {
    package struct Limits: Hashable, Sendable {
        /// Calls of one token at once, and in the long run.
        package var tokenBurst: Int
        package var tokenPerSecond: Double

        package init(tokenBurst: Int, tokenPerSecond: Double) {
            self.tokenBurst = tokenBurst
            self.tokenPerSecond = tokenPerSecond
        }
    }

    /// Calls without a valid token, from one address, at once and in the long run.
    static let strangerBurst = 300
    static let strangerPerSecond = 5.0
    /// Refusals that are put on record one by one each minute; of more, the number is.
    static let recordsMax = 30
    static let recordsEvery: Duration = .minutes(1)

    private struct Window {
        var began: Timestamp
        var recorded = 0
        var suppressed = 0
    }

    private let store: any DocumentStore
    private let clock: WallClock
    private let log: Log
    private let tokens: RateLimiter
    private let strangers: RateLimiter
    private let window: Mutex<Window>

    package init(store: any DocumentStore, clock: WallClock, limits: Limits, log: Log) {
        self.store = store
        self.clock = clock
        self.log = log
        tokens = RateLimiter(burst: limits.tokenBurst, perSecond: limits.tokenPerSecond, clock: clock)
        strangers = RateLimiter(burst: Self.strangerBurst, perSecond: Self.strangerPerSecond, clock: clock)
        window = Mutex(Window(began: clock.now()))
    }

    /// - Throws: `.tooMany`.
    func admit(_ caller: APICaller) throws(APIError) {
        if let seconds = tokens.secondsToWait(caller.token) { throw .tooMany(seconds) }
    }

    /// Somebody without a valid token. - Throws: `.tooMany`.
    func admitStranger(_ request: HTTPRequest) throws(APIError) {
        if let seconds = strangers.secondsToWait(request.peer) { throw .tooMany(seconds) }
    }

    /// Puts a refused call on record: one that nobody's token, or a token of too low a role, made.
    func refused(_ request: HTTPRequest, _ caller: APICaller?, _ error: APIError) async {
        guard [401, 403].contains(error.status) else { return }
        let now = clock.now()
        let suppressed: Int? = window.withLock { window in
            if now - window.began >= Self.recordsEvery {
                let suppressed = window.suppressed
                window = Window(began: now, recorded: 1)
                return suppressed
            }
            guard window.recorded < Self.recordsMax else {
                window.suppressed += 1
                return nil
            }
            window.recorded += 1
            return 0
        }
        guard let suppressed else { return }
        var details: JSONObject = [
            "call": .string(request.method + " " + String(request.path.prefix(200))),
            "status": .int(Int64(error.status)),
            "address": .string(request.peer),
        ]
        if suppressed > 0 { details["refused_before_unrecorded"] = .int(Int64(suppressed)) }
        do throws(StoreError) {
            try await store.commit(
                DocumentsChange(notes: [
                    AuditNote(
                        aggregate: "api", at: now, kind: "callRefused", actor: caller?.actor ?? "unknown",
                        details: details
                    )
                ])
            )
        } catch {
            log.warning("a refused call could not be put on record", ["error": "\(error)"])
        }
    }
}

extension APIError {
    static func tooMany(_ seconds: Int) -> APIError {
        APIError(
            status: 429, code: "Request:TOO_MANY",
            message: "Too many calls. Wait \(seconds) second\(seconds == 1 ? "" : "s"), then go on more slowly.",
            isRetryable: true, retryAfter: seconds
        )
    }
}
