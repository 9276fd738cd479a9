import HTTPModel
import Support

extension Emulator {
    func faultList() -> JSONObject {
        change { world in ["ok": true, "rules": .array(world.faults.rules.map(\.document))] }
    }

    /// Adds one rule, or those of `rules`; `replacing` those there are.
    func addFaults(_ request: ControlRequest, replacing: Bool = false) throws -> JSONObject {
        let documents = request["rules"]?.elements?.map { $0.object } ?? [request.body]
        var rules: [FaultRule] = []
        for document in documents {
            guard let document else { throw ControlProblem(error: "invalid_rule", message: "A rule is no object.") }
            rules.append(try FaultRule(ControlRequest(body: document)))
        }
        let added = rules
        return change { world in
            if replacing { world.faults.clear() }
            for rule in added { world.faults.add(rule) }
            world.journal.record("switches", [:])
            return ["ok": true, "rules": .array(world.faults.rules.map(\.document))]
        }
    }

    func clearFaults() -> JSONObject {
        change { world in
            world.faults.clear()
            world.journal.record("switches", [:])
            return ["ok": true, "rules": []]
        }
    }

    /// `strict` keeps Slack's rates; `short_pages` makes lists come in short and empty pages.
    func setLimits(_ request: ControlRequest) -> JSONObject {
        change { world in
            if let strict = request["strict"]?.flag {
                world.limits.isStrict = strict
                world.limits.reset()
            }
            if let short = request["short_pages"]?.flag { world.limits.shortPages = short }
            world.journal.record("switches", [:])
            return [
                "ok": true, "strict": .bool(world.limits.isStrict), "short_pages": .bool(world.limits.shortPages),
            ]
        }
    }

    /// Moves the shared clock forward, where the program that holds it allows that.
    func moveClock(_ request: ControlRequest) throws -> HTTPResponse {
        guard let advanceClock else {
            return .json(
                ["ok": false, "error": "clock_is_fixed", "message": "This clock cannot be moved."], status: 403)
        }
        guard let seconds = request.number("advance"), seconds >= 0 else {
            throw ControlProblem(error: "invalid_argument", message: "\"advance\" is no number of seconds from 0 on.")
        }
        advanceClock(.milliseconds(Int64(seconds * 1000)))
        return .json(
            change { world in
                world.journal.record("clock", ["now": .string(world.now.description)])
                return ["ok": true, "now": .string(world.now.description)]
            })
    }

    /// Says where the app is: `request_url` for everything, or one address for each purpose. Also
    /// `retry_delay_factor`.
    func setApp(_ request: ControlRequest) -> JSONObject {
        change { world in
            if let url = request.text("request_url") {
                world.settings.commandsURL = url
                world.settings.interactivityURL = url
                world.settings.optionsURL = url
                world.settings.eventsURL = url
            }
            if let url = request.text("commands_url") { world.settings.commandsURL = url }
            if let url = request.text("interactivity_url") { world.settings.interactivityURL = url }
            if let url = request.text("options_url") { world.settings.optionsURL = url }
            if let url = request.text("events_url") { world.settings.eventsURL = url }
            if let factor = request.number("retry_delay_factor"), factor >= 0 {
                world.settings.retryDelayFactor = factor
            }
            world.journal.record("switches", [:])
            return ["ok": true]
        }
    }
}

extension FaultRule {
    init(_ request: ControlRequest) throws {
        let text = try request.required("kind")
        guard let kind = Kind(rawValue: text) else {
            let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlProblem(error: "invalid_rule", message: "\"\(text)\" is no kind of fault; there are \(names).")
        }
        guard (request["method"] == nil) != (request["delivery"] == nil) else {
            throw ControlProblem(error: "invalid_rule", message: "A rule names either a method or a delivery.")
        }
        let common: [Kind] = [.outage, .delay, .lostAnswer]
        let ofCalls: [Kind] = common + [.tooMany, .internalError, .error]
        let ofDeliveries: [Kind] = common + [.wrongSignature, .staleTimestamp, .duplicate, .withoutUserTeam]
        guard (request["method"] == nil ? ofDeliveries : ofCalls).contains(kind) else {
            throw ControlProblem(error: "invalid_rule", message: "\"\(text)\" does not happen to that.")
        }
        self.init(
            method: request.text("method"), delivery: request.text("delivery"), channel: request.text("channel"),
            times: request.integer("times").map(Int.init), kind: kind)
        if let error = request.text("error") { self.error = error }
        if let seconds = request.integer("retry_after") { retryAfter = seconds }
        if let milliseconds = request.integer("ms") { wait = .milliseconds(milliseconds) }
        if let answer = request.text("answer") {
            guard let lost = LostAnswer(rawValue: answer) else {
                throw ControlProblem(error: "invalid_rule", message: "\"answer\" is 500, truncated or never.")
            }
            lostAnswer = lost
        }
    }

    var document: JSONValue {
        [
            "method": .optional(method), "delivery": .optional(delivery), "channel": .optional(channel),
            "times": times.map { .int(Int64($0)) } ?? .null, "kind": .string(kind.rawValue),
            "error": kind == .error ? .string(error) : .null, "retry_after": .int(retryAfter),
            "ms": .int(wait.milliseconds), "answer": .string(lostAnswer.rawValue),
        ]
    }
}
