package import Support

/// A run as `GET runs/{id}` shows it, for somebody who waits for the answer.
package struct GateRun: Sendable {
    package let document: JSONObject

    package init(_ document: JSONObject) { self.document = document }

    package enum Answer: Hashable, Sendable {
        case waiting
        case yes
        case no
    }

    package var id: String { document["run_id"]?.text ?? "" }
    package var status: String { document["status"]?.text ?? "" }
    package var version: String? { document["version"]?.text }

    /// Yes once what was asked for holds: approved, and where access is given it is on.
    package var answer: Answer {
        switch (status, document["approval_status"]?.text) {
        case ("escalated", _): .yes
        case ("approved", "approved"): .yes
        case ("requested", _), ("approved", _): .waiting
        default: .no
        }
    }

    /// The newest error of a run that nobody has decided yet.
    package var error: String? { document["errors"]?.elements?.last?["message"]?.text }

    package var maxRuntimeSeconds: Int64? { document["max_runtime_sec"]?.integer }

    /// Who decided, and why: one line, whatever people wrote. A line of theirs would be a command to some CI systems.
    package var sentence: String { Printable.line(said) }

    private var said: String {
        let decision = document["decision"]
        let outcome: String
        switch (status, decision?["outcome"]?.text) {
        case ("errored", _): outcome = "Approved\(by(decision)), but access could not be switched on"
        case ("deescalated", _): outcome = "Approved\(by(decision)), but access has ended"
        case (_, "approved"?): outcome = "Approved\(by(decision))"
        case (_, "denied"?): outcome = "Denied\(by(decision))"
        case (_, "expired"?): outcome = "Expired: nobody answered in time"
        case (let status, _): outcome = "The run is \(status)"
        }
        let reason = status == "errored" ? error : decision?["reason"]?.text
        return outcome + (reason.map { ": \($0)" } ?? "") + "."
    }

    private func by(_ decision: JSONValue?) -> String {
        switch decision?["decided_by"]?.text {
        case "people":
            let names = (decision?["people"]?.elements ?? []).compactMap { person -> String? in
                guard let name = person["name"]?.text else { return nil }
                return name + (person["email"]?.text.map { " <\($0)>" } ?? "")
            }
            return names.isEmpty ? "" : " by " + names.joined(separator: " and ")
        case "policy": return decision?["rule"]?.text.map { " by the rule \"\($0)\"" } ?? " by the flow"
        default: return ""
        }
    }

    /// What has changed while waiting, in a few words.
    package var progress: String {
        if answer == .waiting, status == "approved" { return "Approved; access is being switched on" }
        let votes = document["votes"]?.elements?.count ?? 0
        if let quorum = document["quorum"]?.integer {
            let count = quorum > 1 ? " (\(votes) of \(quorum) approvals)" : ""
            if let checking = document["checking"]?.integer, checking > 0 {
                return "Somebody's answer is being looked into\(count)"
            }
            return "Waiting for an answer\(count)"
        }
        return "Finding out whom to ask"
    }
}
