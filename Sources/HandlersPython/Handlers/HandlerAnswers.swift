import ApprovalCore
import Support

/// `TRANSITION` of `symflow_worker/marshal.py`: what a hook returned.
struct ReturnedTransition: Hashable, Sendable {
    /// `ignore`, or a transition.
    enum Kind: Hashable, Sendable {
        case ignore
        case transition(Transition)
    }

    var kind: Kind
    var reason: String?
    var message: String?
    /// The slug of the target's SRN.
    var target: String?
    var durationSeconds: Int64?
    /// Further keywords: they stand among the fields of the event that the transition fires.
    var extra: JSONObject

    /// `nil` for null: the hook lets the step go on.
    ///
    /// - Throws: `.garbage` for what the worker should not have let through.
    init?(_ value: JSONValue) throws(WorkerError) {
        if value.isNull { return nil }
        switch value["transition"]?.text {
        case "ignore": kind = .ignore
        case let name?:
            guard let transition = Transition(rawValue: name) else { throw .garbage("an unknown transition \(name)") }
            kind = .transition(transition)
        case nil: throw .garbage("a hook's answer that is no transition")
        }
        reason = value["reason"]?.text
        message = value["message"]?.text
        durationSeconds = value["duration"]?.integer
        extra = value["extra"]?.object ?? [:]
        if let srn = value["target"]?.text {
            let parts = srn.split(separator: ":", omittingEmptySubsequences: false)
            target = parts.count > 3 ? String(parts[3]) : srn
        }
    }

    /// What `on_prompt` returned, as far as it is not on record as the request.
    init(_ approval: PromptApproval) {
        kind = .transition(.approve)
        reason = approval.reason
        extra = [:]
    }

    static let ignoreMessage = "The flow did not accept this."

    /// The name of the target that it is about; `nil` where it names none.
    ///
    /// - Throws: `.failed` for one that the flow does not have.
    func target(of flow: Flow, by handler: String) throws(WorkerError) -> String? {
        guard let slug = target else { return nil }
        let found = flow.strategy?.targets.first {
            EventDocument.slug($0.name).lowercased() == slug.lowercased()
        }
        guard let found else {
            throw .failed(HandlerFault(of: handler, "wants the target \(slug), which this flow does not have"))
        }
        return found.name
    }

    /// How long access is to last, in seconds; `nil` where it does not say.
    ///
    /// - Throws: `.failed` for what is no duration.
    func duration(by handler: String) throws(WorkerError) -> Int64? {
        guard let durationSeconds else { return nil }
        guard (1...PromptField.durationSecondsMax).contains(durationSeconds) else {
            throw .failed(
                HandlerFault(
                    of: handler,
                    "wants a duration of \(durationSeconds) seconds, expected 1 to \(PromptField.durationSecondsMax)"
                )
            )
        }
        return durationSeconds
    }

    /// What is to be different about the job; `nil` where it stays what it is.
    ///
    /// - Throws: `.failed` for a target that the flow does not have.
    func change(for run: AccessRequest, flow: Flow, by handler: String) throws(WorkerError) -> JobChange? {
        var change = JobChange()
        if let target = try target(of: flow, by: handler), target != run.submission.target { change.target = target }
        if let durationSeconds = try duration(by: handler),
            durationSeconds != run.submission.durationSeconds.map(Int64.init)
        {
            change.durationSeconds = Int(durationSeconds)
        }
        return change == JobChange() ? nil : change
    }
}

/// `PERMISSION`: who may decide.
struct ReturnedPermission: Hashable, Sendable {
    enum Level: Hashable, Sendable {
        case role(Role)
        /// UUIDs, lower case.
        case people([String])
    }

    var approveDeny: Level
    var allowsSelfApproval: Bool

    /// sym-sdk.md 4.7: with neither `get_permissions` nor `get_approvers`, admins decide.
    static let none = ReturnedPermission(approveDeny: .role(.admin), allowsSelfApproval: false)

    /// What `get_approvers` alone means (sym-sdk.md 2.3).
    static func approvers(allowSelf: Bool) -> ReturnedPermission {
        ReturnedPermission(approveDeny: .role(.member), allowsSelfApproval: allowSelf)
    }

    private init(approveDeny: Level, allowsSelfApproval: Bool) {
        self.approveDeny = approveDeny
        self.allowsSelfApproval = allowsSelfApproval
    }

    init(_ value: JSONValue) throws(WorkerError) {
        allowsSelfApproval = value["allow_self_approval"]?.flag ?? false
        switch value["approve_deny"] {
        case .string("admin"): approveDeny = .role(.admin)
        case .string("member"): approveDeny = .role(.member)
        case .string("all_users"): approveDeny = .role(.guest)
        case .array(let ids): approveDeny = .people(ids.compactMap { $0.text?.lowercased() })
        default: throw .garbage("a permission without a level")
        }
    }
}

/// `ROUTE`: who is told, one stage after the other.
struct ReturnedRoute: Hashable, Sendable {
    var stages: [StageRule]
    /// What leads on from each stage.
    var forwardsOn: [[ForwardCause]?]
    /// Any of the destinations allows the requester to decide.
    var allowsSelf: Bool

    init(_ value: JSONValue) throws(WorkerError) {
        guard let elements = value["stages"]?.elements else { throw .garbage("a route without stages") }
        allowsSelf = value["allow_self"]?.flag ?? false
        stages = []
        forwardsOn = []
        for element in elements {
            let destinations = try Self.destinations(element["destinations"]?.elements ?? [])
            stages.append(
                StageRule(destinations, forwardAfterSeconds: HandlerTimeout.seconds(element["timeout"]))
            )
            var causes = ForwardCause.allCases
            if element["forward_on_timeout"]?.flag == false { causes.removeAll { $0 == .timeout } }
            if element["forward_on_failure"]?.flag == false { causes.removeAll { $0 == .deliveryFailure } }
            forwardsOn.append(causes.count == ForwardCause.allCases.count ? nil : causes)
        }
    }

    private static func destinations(_ values: [JSONValue]) throws(WorkerError) -> [StageRule.Destination] {
        var destinations: [StageRule.Destination] = []
        for value in values {
            switch value["type"]?.text {
            case "slack_channel_id": destinations.append(.channel(value["channel_id"]?.text ?? ""))
            case "slack_channel_name":
                let name = value["channel_name"]?.text ?? ""
                destinations.append(.channel(name.hasPrefix("#") ? name : "#" + name))
            case "slack_user": destinations.append(.user(value["user_id"]?.text ?? ""))
            case "slack_user_group":
                destinations.append(.users((value["users"]?.elements ?? []).compactMap(\.text)))
            case "user": destinations.append(.user(value["email"]?.text ?? value["username"]?.text ?? ""))
            case let type: throw .garbage("a destination of type \"\(type ?? "")\"")
            }
        }
        return destinations
    }
}

/// A time-out that a reducer returned.
enum HandlerTimeout {
    /// In seconds; what is longer than any request is answered in comes to the same as that.
    static func seconds(_ value: JSONValue?) -> Int? {
        value?.integer.map { Int(min(max($0, 1), PromptField.durationSecondsMax)) }
    }
}
