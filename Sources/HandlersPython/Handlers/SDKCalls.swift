package import ApprovalCore
package import ApprovalEngine
package import Support

/// Carries out calls of the SDK (`sym/sdk/_calls.py`): tokens and secrets stay here, the answer goes to the worker.
package struct SDKCalls: Sendable {
    /// What the calls need of Slack.
    package struct Slack: Sendable {
        /// Slack's own object of `users.info`.
        package var userInfo: @Sendable (Account) async throws(LookupError) -> JSONValue
        /// Slack's own objects of `users.list`.
        package var list: @Sendable (_ workspace: String) async throws(LookupError) -> [JSONValue]
        package var members: @Sendable (_ channel: String, _ workspace: String) async throws(LookupError) -> [Account]
        /// - Parameter thread: the message to reply to.
        package var send:
            @Sendable (_ text: String, _ place: Routing.Place, _ thread: Card.Copy?, _ workspace: String)
                async throws(LookupError) -> Void

        package init(
            userInfo: @escaping @Sendable (Account) async throws(LookupError) -> JSONValue,
            list: @escaping @Sendable (_ workspace: String) async throws(LookupError) -> [JSONValue],
            members:
                @escaping @Sendable (_ channel: String, _ workspace: String) async throws(LookupError) -> [Account],
            send:
                @escaping @Sendable (
                    _ text: String, _ place: Routing.Place, _ thread: Card.Copy?, _ workspace: String
                ) async throws(LookupError) -> Void
        ) {
            self.userInfo = userInfo
            self.list = list
            self.members = members
            self.send = send
        }
    }

    private let directory: any Directory
    private let slack: Slack
    private let secrets: SecretReader
    private let integrations: [String: any FlowIntegration]
    let engine: @Sendable () -> ApprovalEngine

    /// - Parameters:
    ///   - integrations: what other systems' modules of the SDK ask, by module: `okta`.
    ///   - engine: keeps people and values; called only once something is asked.
    package init(
        directory: any Directory, slack: Slack, secrets: SecretReader,
        integrations: [String: any FlowIntegration] = [:], engine: @escaping @Sendable () -> ApprovalEngine
    ) {
        self.directory = directory
        self.slack = slack
        self.secrets = secrets
        self.integrations = integrations
        self.engine = engine
    }

    /// - Parameter met: is told of everybody who is named in the answer.
    func serve(
        _ name: String, _ arguments: JSONObject, run: AccessRequest, flow: Flow, met: @Sendable (Person) -> Void
    ) async -> BridgeAnswer {
        let call = Call(arguments: arguments, run: run, flow: flow)
        do throws(CallError) {
            switch name {
            case "slack.user":
                return .value(["user_id": .string(try await account(arguments["identifier"], call).user)])
            case "slack.get_user_info":
                let account = try await account(arguments["user"], call)
                return .value(try await asking { () throws(LookupError) in try await slack.userInfo(account) })
            case "slack.list_users":
                let all = try await asking { () throws(LookupError) in try await slack.list(call.workspace) }
                let activeOnly = arguments["active_only"]?.flag ?? true
                return .value(.array(all.filter { !activeOnly || $0["deleted"]?.flag != true }))
            case "slack.is_user_in_group":
                let account = try await account(arguments["user"], call)
                let group = arguments["group_id"]?.text ?? ""
                let members = try await asking { () throws(LookupError) in
                    try await directory.members(ofGroup: group, in: call.workspace)
                }
                return .value(.bool(account.workspace == call.workspace && members.contains(account.user)))
            case "slack.users_in_channel":
                let channel = arguments["channel"]
                let name = channel?["channel_id"]?.text ?? channel?["channel_name"]?.text ?? ""
                let members = try await asking { () throws(LookupError) in
                    try await slack.members(name, call.workspace)
                }
                var users: [JSONValue] = []
                for account in members { users.append(try await user(account, call, met)) }
                return .value(.array(users))
            case "slack.send_message": return try await sendMessage(call)
            case "slack.send_thread_message": return try await sendThreadMessage(call)
            case "sym.get_or_create_user_by_email":
                return .value(try await user(email: arguments["email"]?.text ?? "", call, met))
            case "sym.get_or_create_users_by_emails": return try await users(call, met)
            case "secret.retrieve_value": return try secret(call)
            case "templates.get_step_output": return try stepOutput(call)
            case "store.fetch": return try await fetch(call)
            case "store.put": return try await put(call)
            case "utils.persist_user_identity": return try await persistIdentity(call)
            case "user.get_event_count": return try await eventCount(call)
            default: return try await integration(name, call)
            }
        } catch {
            return .error(code: error.code, message: error.message)
        }
    }

    struct Call {
        var arguments: JSONObject
        var run: AccessRequest
        var flow: Flow
        var workspace: String { flow.environment.workspace }
    }

    struct CallError: Error {
        var code: String
        var message: String
    }

    /// The error type of each module, for calls that this version does not carry out.
    private static let errorTypes = [
        "slack": "Slack", "pagerduty": "PagerDuty", "okta": "Okta", "onelogin": "OneLogin", "google": "Google",
        "github": "GitHub", "aws_iam": "AWSIAM", "aws_sso": "AWSSSO", "aws_lambda": "AWSLambda",
        "boundary": "Boundary", "knowbe4": "KnowBe4", "jira": "Jira", "sym": "SymIntegration",
    ]

    /// What a module for another system is asked.
    private func integration(_ name: String, _ call: Call) async throws(CallError) -> BridgeAnswer {
        let module = String(name.prefix { $0 != "." })
        guard let adapter = integrations[module] else { throw Self.notAvailable(name) }
        let type = Self.errorTypes[module] ?? "SymSDK"
        let question = FlowIntegrationCall(
            function: String(name.dropFirst(module.count + 1)), arguments: call.arguments, flow: call.flow
        )
        do throws(FlowIntegrationError) { return .value(try await adapter.perform(question)) } catch {
            throw CallError(code: type + ":" + error.name, message: error.message)
        }
    }

    private static func notAvailable(_ name: String) -> CallError {
        let module = name.prefix { $0 != "." }
        return CallError(
            code: (errorTypes[String(module)] ?? "SymSDK") + ":NOT_AVAILABLE",
            message: "\(name) is not available in this version: it has no integration with \(module)."
        )
    }

    func asking<Answer: Sendable>(
        _ body: () async throws(LookupError) -> Answer
    ) async throws(CallError) -> Answer {
        do { return try await body() } catch {
            switch error {
            case .notFound(let reason): throw CallError(code: "Slack:NOT_FOUND", message: reason)
            case .unavailable(let reason): throw CallError(code: "Slack:UNAVAILABLE", message: reason)
            case .refused(let reason): throw CallError(code: "Slack:REFUSED", message: reason)
            }
        }
    }

    // MARK: People

    /// A PERSON: a text as the author wrote it, or one of the SDK's users.
    private func account(_ value: JSONValue?, _ call: Call) async throws(CallError) -> Account {
        if let id = value?["user_id"]?.text { return Account(workspace: call.workspace, user: id) }
        let name = value?.text ?? value?["email"]?.text ?? value?["username"]?.text ?? ""
        if name.hasPrefix("@") { return try await account(fullName: String(name.dropFirst()), call) }
        guard name.contains("@") else { return Account(workspace: call.workspace, user: name) }
        return try await facts(email: name, call).account
    }

    private func account(fullName: String, _ call: Call) async throws(CallError) -> Account {
        let all = try await asking { () throws(LookupError) in try await slack.list(call.workspace) }
        let found = all.filter { user in
            user["deleted"]?.flag != true
                && [user["real_name"], user["profile"]?["real_name"], user["profile"]?["display_name"], user["name"]]
                    .contains { $0?.text == fullName }
        }
        guard found.count == 1, let id = found[0]["id"]?.text else {
            let count = found.isEmpty ? "Nobody" : "More than one person"
            throw CallError(code: "Slack:USER_NOT_FOUND", message: "\(count) in this workspace is called @\(fullName).")
        }
        return Account(workspace: call.workspace, user: id)
    }

    func facts(email: String, _ call: Call) async throws(CallError) -> PersonFacts {
        let found = try await asking { () throws(LookupError) in
            try await directory.account(email: email.lowercased(), in: call.workspace)
        }
        guard let found else {
            throw CallError(
                code: "Slack:USER_NOT_FOUND", message: "Nobody in this workspace has the e-mail address \(email)."
            )
        }
        return found
    }

    private func user(
        _ account: Account, _ call: Call, _ met: (Person) -> Void
    ) async throws(CallError) -> JSONValue {
        let facts = try await asking { () throws(LookupError) in
            try await directory.look(up: account, from: call.workspace)
        }
        return try await user(facts, met)
    }

    private func user(_ facts: PersonFacts, _ met: (Person) -> Void) async throws(CallError) -> JSONValue {
        do {
            let person = try await engine().remember(facts)
            met(person)
            let identities = try await engine().user(behind: person)?.identities ?? []
            return EventDocument.user(person, identities: identities)
        } catch {
            throw CallError(code: "SymIntegration:USER_PROCESSING_ERROR", message: "\(facts.account): \(error)")
        }
    }

    private func user(email: String, _ call: Call, _ met: (Person) -> Void) async throws(CallError) -> JSONValue {
        do throws(CallError) { return try await user(try await facts(email: email, call), met) } catch {
            throw CallError(code: "SymIntegration:USER_PROCESSING_ERROR", message: error.message)
        }
    }

    private func users(_ call: Call, _ met: (Person) -> Void) async throws(CallError) -> BridgeAnswer {
        var users: [JSONValue] = []
        for email in (call.arguments["emails"]?.elements ?? []).compactMap(\.text) {
            do throws(CallError) { users.append(try await user(email: email, call, met)) } catch {
                if call.arguments["raise_on_error"]?.flag == true { throw error }
            }
        }
        return .value(.array(users))
    }

    // MARK: Messages

    private func sendMessage(_ call: Call) async throws(CallError) -> BridgeAnswer {
        let destination = call.arguments["destination"]
        let place: Routing.Place
        if let channel = destination?["channel_id"]?.text {
            place = .channel(channel)
        } else if let name = destination?["channel_name"]?.text {
            place = .channel(name.hasPrefix("#") ? name : "#" + name)
        } else if let users = destination?["users"]?.elements {
            place = .people(users.compactMap(\.text).map { Account(workspace: call.workspace, user: $0) })
        } else {
            place = .people([try await account(destination, call)])
        }
        return try await send(call, to: place, thread: nil)
    }

    private func sendThreadMessage(_ call: Call) async throws(CallError) -> BridgeAnswer {
        guard let card = call.run.cards.last(where: { $0.audience == .approvers && $0.copy != nil }) else {
            throw CallError(code: "Slack:NO_THREAD", message: "This request was not sent to Slack.")
        }
        return try await send(call, to: card.place, thread: card.copy)
    }

    private func send(_ call: Call, to place: Routing.Place, thread: Card.Copy?) async throws(CallError) -> BridgeAnswer
    {
        let text = call.arguments["message"]?.text ?? ""
        try await asking { () throws(LookupError) in try await slack.send(text, place, thread, call.workspace) }
        return .value(nil)
    }

    // MARK: The rest

    /// Only secrets that this flow's integrations name: flows cannot read each other's.
    private func secret(_ call: Call) throws(CallError) -> BridgeAnswer {
        let id = call.arguments["id"]?.text
        let integrations =
            call.flow.environment.integrations.values + [call.flow.strategy?.integration].compactMap { $0 }
        let name = integrations.flatMap(EventDocument.secretNames).first { EventDocument.secretID($0) == id }
        guard let name else {
            throw CallError(code: "SymSDK:SECRET", message: "No integration of this flow names this secret.")
        }
        do throws(SecretError) { return .value(.string(try secrets.read(name).reveal { $0 })) } catch {
            throw CallError(code: "SymSDK:SECRET", message: error.reason)
        }
    }

    private func stepOutput(_ call: Call) throws(CallError) -> BridgeAnswer {
        let (granted, removed): (String?, String?)
        switch call.run.state {
        case .active(let access): (granted, removed) = (access.output, nil)
        case .removing(let removal): (granted, removed) = (removal.output, nil)
        case .removed(let ending): (granted, removed) = (ending.grantOutput, ending.output)
        case .submitted, .pending, .escalating, .approved, .executionFailed, .denied, .expired:
            (granted, removed) = (nil, nil)
        }
        let output: String?
        switch call.arguments["step"]?.text {
        case "escalate": output = granted
        case "deescalate": output = removed
        // The current step's: while access is being taken back, that has not come to anything yet.
        case nil: output = removed ?? granted
        default: output = nil
        }
        guard let output, let value = try? JSONValue(parsing: output) else { return .value([:]) }
        return .value(value)
    }
}
