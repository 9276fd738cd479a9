package import ApprovalEngine
package import FlowConfig
import Support

/// Everything around open forms that goes on for longer than one payload: fetched options, forms that change, which
/// flows are offered, and whom failures are reported to.
package final class FormDesk: Sendable {
    /// Says in a channel what went wrong: title and error.
    package typealias Report = @Sendable (_ title: String, _ error: String, _ channel: ErrorChannel) async -> Void

    let handlers: any FormHandlers
    let options = FetchedOptions()
    let forms = OpenForms()
    let offers: FlowOffers
    package let shelf: FormShelf
    private let configuration: @Sendable () -> Configuration
    private let reported: BoundedCache<String, Bool>
    private let send: Report

    /// The same error of the same handler is reported once in this time: people type, and try again.
    static let reportEvery: Duration = .seconds(300)
    static let reportsMax = 1000

    package init(engine: ApprovalEngine, handlers: any FormHandlers, report: @escaping Report) {
        self.handlers = handlers
        offers = FlowOffers(engine: engine, handlers: handlers)
        shelf = FormShelf(store: engine.store, clock: engine.clock, log: engine.log)
        configuration = engine.configuration
        reported = BoundedCache(life: Self.reportEvery, countMax: Self.reportsMax, clock: engine.clock)
        send = report
    }

    /// What a person waits for with a form open.
    var formTime: Duration { .seconds(configuration().settings.handlers.formTimeoutSeconds) }
    var prefetchTime: Duration { .seconds(configuration().settings.handlers.timeoutSeconds) }

    /// Tells the error channels of a workspace, or the one that is named (SYM-26).
    func report(_ title: String, _ error: HandlerError, workspace: String, channel: String?) async {
        let text = error.reason
        let key = "\(workspace)\u{0}\(title)\u{0}\(text)"
        guard reported[key] == nil else { return }
        reported.keep(true, for: key)
        let named = channel.map { [ErrorChannel(workspace: workspace, channel: $0)] }
        for channel in named ?? configuration().errorChannels.filter({ $0.workspace == workspace }) {
            await send(title, text, channel)
        }
    }
}

extension HandlerError {
    var reason: String {
        switch self {
        case .unavailable(let reason), .failed(let reason): reason
        }
    }
}
