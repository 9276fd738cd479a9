import Support

/// What goes wrong on demand (`POST /emulator/faults`).
struct FaultRule: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        // Calls of the app.
        case tooMany = "429"
        case internalError = "500"
        case outage, delay, error
        case lostAnswer = "lost_answer"
        // Deliveries to the app.
        case wrongSignature = "wrong_signature"
        case staleTimestamp = "stale_timestamp"
        case duplicate
        case withoutUserTeam = "omit_user_team"
    }

    enum LostAnswer: String, Sendable, CaseIterable {
        case internalError = "500"
        case truncated, never
    }

    /// A Web API method, `response_url`, or `*`. `nil` for a rule about deliveries.
    var method: String?
    /// A kind of delivery (`command`, `block_actions`, `event`, …) or `*`. `nil` for a rule about calls.
    var delivery: String?
    var channel: String?
    /// How many more times; `nil` for ever.
    var times: Int?
    var kind: Kind
    var error = "internal_error"
    /// For `429`, in seconds.
    var retryAfter: Int64 = 1
    /// For `delay`, and for an answer that never comes.
    var wait = Duration.milliseconds(0)
    var lostAnswer = LostAnswer.internalError
}

struct Faults: Sendable {
    private(set) var rules: [FaultRule] = []

    mutating func add(_ rule: FaultRule) { rules.append(rule) }
    mutating func clear() { rules = [] }

    /// The rules that strike a call, each used once: delays, and at most one that decides the outcome.
    mutating func strike(method: String, channel: String?) -> [FaultRule] {
        strike {
            $0.method == "*" || $0.method == method
        } channel: {
            $0 == nil || $0 == channel
        }
    }

    mutating func strike(delivery: String, channel: String?) -> [FaultRule] {
        strike {
            $0.delivery == "*" || $0.delivery == delivery
        } channel: {
            $0 == nil || $0 == channel
        }
    }

    private mutating func strike(
        _ belongs: (FaultRule) -> Bool, channel isChannel: (String?) -> Bool
    ) -> [FaultRule] {
        var struck: [FaultRule] = []
        for index in rules.indices where belongs(rules[index]) && isChannel(rules[index].channel) {
            if rules[index].times == 0 { continue }
            // The first rule that decides the outcome wins; its neighbours keep their turns for later calls.
            let decides = rules[index].kind != .delay
            if decides, struck.contains(where: { $0.kind != .delay && $0.delivery == nil }) { continue }
            if let times = rules[index].times { rules[index].times = times - 1 }
            struck.append(rules[index])
        }
        rules.removeAll { $0.times == 0 }
        return struck
    }
}
