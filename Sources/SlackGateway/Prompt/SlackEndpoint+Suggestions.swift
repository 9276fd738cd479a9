import ApprovalCore
import HTTPModel
import SlackContract
import Support

/// Menus that search: Slack asks for their options while a person types, and waits three seconds.
extension SlackEndpoint {
    /// Whatever is not known by then is said to be loading still: the answer goes out within 2.5 seconds
    /// (decisions.md 7).
    static let suggestionTime: Duration = .milliseconds(2200)

    func answer(_ suggestion: BlockSuggestion, workspace: String) async -> HTTPResponse {
        let end = MonotonicInstant.now() + Self.suggestionTime
        let account = suggestion.actor.claimed
        guard case .flows(let flows) = await offered(to: account, in: workspace, within: Self.suggestionTime) else {
            return .options([FieldBlock.placeholder("Not available just now. Please try again.")])
        }
        if suggestion.blockID == PromptModal.flowBlock {
            let broken = desk.offers.brokenFlows(in: workspace)
            return .options(PromptModal.options(flows, broken: broken), matching: suggestion.query)
        }
        guard let view = suggestion.view, let name = FieldBlock.name(ofBlock: suggestion.blockID) else {
            return .options([])
        }
        guard let shown = await shown(by: view, to: account, flows: flows, workspace: workspace),
            let field = shown.form[name], field.isVisible
        else { return .options([FieldBlock.placeholder("This form has changed. Close it and type /sym again.")]) }
        guard field.original.isPrefetched, field.options == nil else {
            return .options(block(of: field).options, matching: suggestion.query)
        }
        if let person = await known(account, in: workspace) { fetch(field, of: shown, for: person, opening: false) }
        switch await desk.options.wait(for: key(of: field, in: shown), upTo: end - .now()) {
        case .ready(let options):
            return .options(block(of: field, prefetched: .ready(options)).options, matching: suggestion.query)
        case .failed:
            return .options([FieldBlock.placeholder("The options could not be loaded. Open this again to retry.")])
        case .loading, nil:
            return .options([FieldBlock.placeholder("Still loading. Open this again in a moment.")])
        }
    }
}

extension HTTPResponse {
    fileprivate static func options(_ options: [Option], matching query: String = "") -> HTTPResponse {
        let query = query.trimmed.lowercased()
        return .json(
            SuggestedOptions(options.filter { query.isEmpty || $0.text.text.lowercased().contains(query) }).json
        )
    }
}
