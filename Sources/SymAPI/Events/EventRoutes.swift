import ApprovalCore
package import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// The Events API (sym-api.md 10), and what we add to it: lists, long polls, decisions and the gate for commands.
package struct EventRoutes: Sendable {
    let engine: ApprovalEngine
    let polls = PollSeats()

    package init(engine: ApprovalEngine) { self.engine = engine }

    package var routes: [APIRoute] {
        [
            APIRoute("POST", "events/request", .atLeast(.member)) { try await request($0) },
            APIRoute("POST", "events/deescalate", .atLeast(.guest)) { try await deescalate($0) },
            APIRoute("GET", "events/{id}", .atLeast(.guest)) { try await event($0) },
            // The documentation's title has the singular (sym-api.md 10.3).
            APIRoute("GET", "event/{id}", .atLeast(.guest)) { try await event($0) },
            APIRoute("GET", "runs", .atLeast(.guest)) { try await list($0) },
            APIRoute("GET", "runs/{id}", .atLeast(.guest), waiting: { RunPoll.time(of: $0) }) { try await run($0) },
            APIRoute("GET", "runs/{id}/events", .atLeast(.guest)) { try await events($0) },
            APIRoute("POST", "runs/{id}/approve", .atLeast(.guest)) { try await decide(.approve, $0) },
            APIRoute("POST", "runs/{id}/deny", .atLeast(.guest)) { try await decide(.deny, $0) },
            APIRoute("POST", "runs/{id}/execution", .atLeast(.member)) { try await execution($0) },
        ]
    }

    var organization: String { engine.configuration().organization.slug }

    /// Whoever calls.
    func person(_ call: APICall) throws(APIError) -> Person {
        let caller = try call.authorized()
        return caller.user.person(role: caller.role, at: engine.clock.now())
    }

    /// The run that the path names, for somebody who may know of it; for everybody else there is none.
    func visible(_ call: APICall, to person: Person) async throws -> (run: AccessRequest, sight: Sight) {
        try await visible(RunID(call.parameter("id").lowercased()), to: person)
    }

    func visible(_ id: RunID, to person: Person) async throws -> (run: AccessRequest, sight: Sight) {
        guard let stored = try await engine.store.load(id), let sight = Sight(of: stored.run, by: person) else {
            throw APIError.notFound("There is no run \(id), or you may not see it.", code: "RunAPI:NOT_FOUND")
        }
        return (stored.run, sight)
    }
}

/// How much of a run somebody may see.
enum Sight: Hashable, Sendable {
    /// That it is there, and how it stands: what a pipeline needs that was handed a run's id.
    case status
    case everything

    /// `nil` where it is no concern of theirs at all.
    init?(of run: AccessRequest, by person: Person) {
        // Guests decide on the cards that they were sent (decisions.md 4); here they follow what came of it.
        guard person.role > .guest else {
            guard run.hasVote(by: person) else { return nil }
            self = .status
            return
        }
        if person.role == .admin || run.submission.wasMade(by: person) || run.hasVote(by: person)
            || run.concernsDecider(person)
        {
            self = .everything
        } else {
            self = .status
        }
    }
}

extension AccessRequest {
    fileprivate func hasVote(by person: Person) -> Bool {
        if case .pending(let pending) = state, pending.votes.contains(where: { $0.person.id == person.id }) {
            return true
        }
        guard case .people(let votes)? = verdict?.by else { return false }
        return votes.contains { $0.person.id == person.id }
    }
}
