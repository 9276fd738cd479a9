import ApprovalCore
import ApprovalEngine
import SlackContract
import SlackGateway
import Support
import Synchronization

/// Clicks on Approve, each on another run that waits, by somebody else.
final class Clicks: Sendable {
    private let waiting: [PreparedRuns.Waiting]
    private let blocks: JSONValue
    private let requests: SignedRequests
    private let position = Mutex(0)

    init(_ waiting: [PreparedRuns.Waiting], of runs: PreparedRuns, requests: SignedRequests) async throws {
        self.waiting = waiting
        self.requests = requests
        // Slack sends the whole card along with a click on it; one stands for all.
        guard let first = waiting.first, let run = try await runs.store.load(first.run)?.run,
            let card = run.cards.first(where: { $0.audience == .approvers })
        else { throw CommandError("There is nothing to click on.") }
        let message = RequestMessage.message(for: card, of: run, flow: runs.flow, reader: .member, marker: "bench")
        blocks = message.json["blocks"] ?? []
    }

    /// The next click, signed now; `nil` when every run was clicked on.
    func next() -> [UInt8]? {
        let index = position.withLock { position in
            defer { position += 1 }
            return position
        }
        guard index < waiting.count else { return nil }
        let target = waiting[index]
        let body = SignedRequests.click(
            .approve, on: target.run, card: target.card, blocks: blocks, by: target.decider
        )
        return requests.bytes(body)
    }

    /// The runs that were clicked on.
    var sent: ArraySlice<RunID> { waiting.prefix(position.withLock { $0 }).map(\.run)[...] }
}
