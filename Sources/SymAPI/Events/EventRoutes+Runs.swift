import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// `GET runs/{id}` (sym-api.md 10.4) and, additions of ours, its long poll and the list of runs.
extension EventRoutes {
    func run(_ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        guard let time = RunPoll.time(of: call.request), polls.take() else {
            return APIResponse.json(.object(try await shown(call, to: person)))
        }
        defer { polls.giveBack() }
        let end = engine.clock.now() + time
        var known = call.query(RunPoll.version)
        while true {
            let document = try await shown(call, to: person)
            let version = document["version"]?.text
            let now = engine.clock.now()
            if (known != nil && known != version) || now >= end || Task.isCancelled {
                return APIResponse.json(.object(document))
            }
            known = version
            // A bell that rang while we looked is not heard again, and other replicas have bells of their own.
            await engine.waiting.wait(
                for: .run(call.parameter("id").lowercased()), until: min(end, now + RunPoll.lookAgain)
            )
        }
    }

    private func shown(_ call: APICall, to person: Person) async throws -> JSONObject {
        let (run, sight) = try await visible(call, to: person)
        return try await document(run, sight)
    }

    func document(_ run: AccessRequest, _ sight: Sight) async throws -> JSONObject {
        switch sight {
        case .status: RunDocument.brief(run)
        case .everything:
            RunDocument(
                run: run, flow: try await engine.flow(run.revision), organization: organization
            ).whole
        }
    }

    // MARK: The list

    /// `GET runs`: the newest first; administrators see all, others theirs and those they may decide on.
    func list(_ call: APICall) async throws -> HTTPResponse {
        let person = try person(call)
        var reader = ListQuery(call)
        let limit = try reader.limit()
        var query = try reader.query(engine.configuration())
        if let name = try reader.requester(), let id = try await requester(name) {
            query.requester = id
        } else if try reader.requester() != nil {
            return page([], after: nil)
        }
        var shown: [JSONValue] = []
        var examined = 0
        while true {
            query.limit = min(limit - shown.count + 1, Self.pageMax + 1)
            if person.role < .admin { query.limit = Self.pageMax + 1 }
            let batch = try await engine.store.runs(matching: query)
            for listed in batch {
                guard shown.count < limit else { return page(shown, after: query.after) }
                query.after = listed.place
                examined += 1
                guard Sight(of: listed.run, by: person) == .everything else { continue }
                shown.append(.object(try await document(listed.run, .everything)))
            }
            guard batch.count == query.limit else { return page(shown, after: nil) }
            // A page may be short: the next one goes on from here.
            if examined >= Self.examinedMax { return page(shown, after: query.after) }
        }
    }

    static let pageMax = 100
    /// Runs that one call looks at, for somebody who may see few of them.
    static let examinedMax = 2000

    private func page(_ runs: [JSONValue], after place: ListedRun.Place?) -> HTTPResponse {
        APIResponse.json([
            "runs": .array(runs),
            "next_cursor": place.map { .string("\($0.at.milliseconds)-\($0.number)") } ?? .null,
        ])
    }

    private func requester(_ name: HumanName) async throws -> PersonID? {
        switch name {
        case .user(let id): return id
        case .email(let email):
            if let user = try await engine.user(email: email) { return user.id }
            return try await engine.store.people(email: email.lowercased()).first?.id
        }
    }
}

/// The filters of a list.
private struct ListQuery {
    let call: APICall

    init(_ call: APICall) { self.call = call }

    static let code = "RunAPI:INVALID_QUERY"

    mutating func limit() throws(APIError) -> Int {
        guard let text = call.query("limit") else { return EventRoutes.pageMax }
        guard let number = Int(text), (1...EventRoutes.pageMax).contains(number) else {
            throw .invalid("limit", "This must be a whole number from 1 to \(EventRoutes.pageMax).", code: Self.code)
        }
        return number
    }

    func query(_ configuration: Configuration) throws(APIError) -> RunQuery {
        var query = RunQuery(limit: EventRoutes.pageMax)
        for name in call.query.filter({ $0.name == "status" }).flatMap({ $0.value.split(separator: ",") }) {
            guard let status = Status.Run(rawValue: String(name)) else {
                let known = Status.Run.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("status", "\"\(name.prefix(50))\" is none of \(known).", code: Self.code)
            }
            query.statuses.insert(status)
        }
        if let text = call.query("flow") {
            let slug = SRN(text)?.slug ?? text
            query.flow = configuration.flow(named: slug)?.name ?? slug
        }
        query.since = try time("since")
        query.until = try time("until")
        if let text = call.query("cursor") {
            let parts = text.split(separator: "-").compactMap { Int64($0) }
            guard parts.count == 2, "\(parts[0])-\(parts[1])" == text else {
                throw .invalid("cursor", "This must be the next_cursor of an earlier page.", code: Self.code)
            }
            query.after = ListedRun.Place(at: Timestamp(milliseconds: parts[0]), number: parts[1])
        }
        return query
    }

    func requester() throws(APIError) -> HumanName? {
        guard let text = call.query("requester")?.trimmed, !text.isEmpty else { return nil }
        return text.contains("@") ? .email(text) : .user(PersonID(text.lowercased()))
    }

    private func time(_ name: String) throws(APIError) -> Timestamp? {
        guard let text = call.query(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw .invalid(
                name, "This must be a time such as 2026-03-02T09:00:00Z, percent-encoded where it has a +.",
                code: Self.code
            )
        }
        return time
    }
}

/// `?wait=SECONDS`: the answer comes when the run is no longer what it was, or when the time is over.
enum RunPoll {
    static let version = "version"
    static let secondsMax: Int64 = 60
    /// How often the store is looked at while nothing is heard.
    static let lookAgain: Duration = .milliseconds(500)

    /// `nil` where nothing is to be waited for.
    static func time(of request: HTTPRequest) -> Duration? {
        let fields = FormURLEncoded.decode(Array(request.query.utf8)) ?? []
        guard let text = fields.first(where: { $0.name == "wait" })?.value, let seconds = Int64(text), seconds > 0
        else {
            return nil
        }
        return .seconds(min(seconds, secondsMax))
    }
}
