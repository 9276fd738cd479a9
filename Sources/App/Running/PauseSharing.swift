import SlackGateway
import StorePostgres
import Support

/// Keeps replicas together to the waits that Slack asked one of them for: they all speak for one app.
///
/// A call that is made meanwhile costs nothing more than another such answer, so nobody looks at the database before a
/// call.
final class PauseSharing: Service {
    let name = "rate limits"
    private let store: PostgresStore
    private let pacer: SlackPacer
    private let held: AsyncStream<SlackPacer.Hold>
    private let log: Log

    private static let every: Duration = .seconds(1)

    /// - Parameter held: what this replica was asked for.
    init(_ store: PostgresStore, pacer: SlackPacer, held: AsyncStream<SlackPacer.Hold>, log: Log) {
        self.store = store
        self.pacer = pacer
        self.held = held
        self.log = log
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.share() }
            group.addTask {
                while !Task.isCancelled {
                    await self.adopt()
                    try? await Task.sleep(for: Self.every)
                }
            }
        }
    }

    private func share() async {
        for await hold in held {
            let pause = SharedPause(
                method: hold.method, workspace: hold.workspace, channel: hold.channel, until: hold.until
            )
            do { try await store.share(pause) } catch {
                log.warning("a rate limit could not be shared", ["error": "\(error)"])
            }
        }
    }

    private func adopt() async {
        // While the database does not answer, there is no work that calls Slack either.
        for pause in (try? await store.pauses(at: store.clock.now())) ?? [] {
            pacer.adopt(
                SlackPacer.Hold(
                    method: pause.method, workspace: pause.workspace, channel: pause.channel, until: pause.until
                )
            )
        }
    }
}
