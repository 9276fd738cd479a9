package import SlackContract
package import Support

/// Why a call of Slack has no result, by what the caller can do about it. Texts are fit for logs.
package enum SlackCallError: Error, Hashable, Sendable {
    /// Slack asked to wait, or we wait so that it does not have to: nothing was done.
    case heldUntil(Timestamp)
    /// Nothing was done.
    case notSent(String)
    /// It may have been done.
    case ambiguous(String)
    /// Slack said no.
    case refused(SlackErrorCode, detail: String)
    /// The app is not installed in this workspace.
    case noInstallation(workspace: String)

    package var reason: String {
        switch self {
        case .heldUntil(let time): "Slack asked us to wait until \(time)"
        case .notSent(let reason), .ambiguous(let reason): reason
        case .refused(let code, let detail): detail.isEmpty ? "\(code)" : "\(code): \(detail)"
        case .noInstallation(let workspace): "the app is not installed in workspace \(workspace)"
        }
    }
}
