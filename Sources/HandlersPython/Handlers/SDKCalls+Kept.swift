import ApprovalCore
import ApprovalEngine
import Support

/// Calls about what is kept here: values of `store`, identities, what people did before.
extension SDKCalls {
    // MARK: Values

    func fetch(_ call: Call) async throws(CallError) -> BridgeAnswer {
        let path = try path(call)
        do throws(FlowValues.Problem) {
            return .value(try await FlowValues(engine: engine(), flow: call.flow.name).value(at: path))
        } catch { throw Self.error(error) }
    }

    func put(_ call: Call) async throws(CallError) -> BridgeAnswer {
        let path = try path(call)
        do throws(FlowValues.Problem) {
            try await FlowValues(engine: engine(), flow: call.flow.name)
                .put(call.arguments["value"] ?? .null, at: path)
            return .value(nil)
        } catch { throw Self.error(error) }
    }

    private func path(_ call: Call) throws(CallError) -> [String] {
        let text = call.arguments["path"]?.text ?? ""
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw CallError(code: "Store:KEY", message: "\"\(text)\" is no path: names, with dots between them")
        }
        return names
    }

    private static func error(_ problem: FlowValues.Problem) -> CallError {
        switch problem {
        case .leadsThroughValue(let name):
            CallError(code: "Store:KEY", message: "\(name) holds a value, so no path leads through it")
        case .tooMuch(let bytes):
            CallError(
                code: "SymSDK:STORE_FULL",
                message: "The values of this flow would come to \(bytes) bytes, more than \(FlowValues.bytesMax)."
            )
        case .store(let error): CallError(code: "SymSDK:STORE_UNAVAILABLE", message: "\(error)")
        }
    }

    // MARK: People

    func persistIdentity(_ call: Call) async throws(CallError) -> BridgeAnswer {
        let arguments = call.arguments
        guard let email = arguments["email"]?.text, email.contains("@"), let type = arguments["service"]?.text,
            !type.isEmpty, let externalID = arguments["service_id"]?.text, let name = arguments["user_id"]?.text,
            !name.isEmpty
        else {
            throw Self.notSaved("An identity needs an e-mail address, a service, its id there and a user's id.")
        }
        let service = ServiceKey(type: type, externalID: externalID)
        guard !service.makesThePerson else {
            throw Self.notSaved(
                "Who somebody is in \(service) is what their clicks go by. An administrator can change it: "
                    + "symflow users update-identity."
            )
        }
        let identity = ServiceIdentity(service: service, matcher: ["user_id": .string(name)])
        let engine = engine()
        let actor = "flow/" + call.flow.name
        do {
            if let person = try await person(email: email.lowercased(), call) {
                try await engine.keepIdentity(identity, of: person, by: actor)
            } else {
                try await engine.keep(identity, ofUserWith: email.lowercased(), by: actor)
            }
        } catch { throw Self.notSaved("\(error)") }
        return .value(EventDocument.identity(service, name))
    }

    private static func notSaved(_ reason: String) -> CallError {
        CallError(code: "Identity:COULD_NOT_SAVE", message: "The identity could not be kept: \(reason)")
    }

    /// Somebody of ours with this address: as we know them, or as Slack does.
    private func person(email: String, _ call: Call) async throws -> Person? {
        let known = try await engine().store.people(email: email)
        if known.count == 1 { return known[0] }
        guard known.isEmpty, let facts = try? await facts(email: email, call) else { return nil }
        return try await engine().remember(facts)
    }

    func eventCount(_ call: Call) async throws(CallError) -> BridgeAnswer {
        let arguments = call.arguments
        do {
            let user = arguments["user"]
            var person: PersonID?
            if let email = user?["email"]?.text {
                person = try await engine().store.people(email: email.lowercased()).first?.id
            }
            guard let id = person ?? user?["id"]?.text.map({ PersonID($0) }) else { return .value(0) }
            let wanted = EventCount(
                step: arguments["event_name"]?.text ?? "",
                since: arguments["since"]?.text.flatMap(Timestamp.init(iso8601:)),
                until: arguments["until"]?.text.flatMap(Timestamp.init(iso8601:)),
                sameTarget: arguments["filter_on"]?.text == "target",
                includesErrors: arguments["include_errored"]?.flag ?? false
            )
            return .value(.int(Int64(try await engine().count(wanted, by: id, like: call.run))))
        } catch { throw CallError(code: "SymSDK:UNAVAILABLE", message: "The events cannot be counted: \(error)") }
    }
}
