import ApprovalCore
import ApprovalEngine
import SlackContract
import SlackGateway
import Support
import Synchronization

/// Clicks on Approve, each on another run that waits, by somebody else. Signed before they are measured, which is as
/// good as at once for `SlackSignature.tolerance`.
final class Clicks: Sendable {
    private let waiting: [PreparedRuns.Waiting]
    private let blocks: JSONValue
    private let requests: SignedRequests
    private let prepared = Mutex(Prepared())

    private struct Prepared {
        var requests: [[UInt8]] = []
        /// Of the next one to leave.
        var position = 0
        /// How many of `requests` have left before the others were signed.
        var gone = 0
    }

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

    /// Signs the next ones, so that they only have to be sent.
    func sign(_ count: Int) {
        prepared.withLock { prepared in
            prepared.gone = prepared.position
            prepared.requests = waiting[prepared.position...].prefix(count).map(request)
        }
    }

    private func request(_ target: PreparedRuns.Waiting) -> [UInt8] {
        requests.bytes(
            SignedRequests.click(.approve, on: target.run, card: target.card, blocks: blocks, by: target.decider)
        )
    }

    /// The next click; signed now where that was not done before. `nil` when every run was clicked on.
    func next() -> [UInt8]? {
        prepared.withLock { prepared in
            guard prepared.position < waiting.count else { return nil }
            defer { prepared.position += 1 }
            let index = prepared.position - prepared.gone
            return prepared.requests.indices.contains(index)
                ? prepared.requests[index] : request(waiting[prepared.position])
        }
    }

    /// The runs that were clicked on.
    var sent: ArraySlice<RunID> { waiting.prefix(prepared.withLock { $0.position }).map(\.run)[...] }
}
