import ApprovalCore
import Synchronization

/// Flow revisions that were read or written before. They never change, so any replica may keep them.
package final class RevisionCache: Sendable {
    private let flows = Mutex<[String: Flow]>([:])

    /// More revisions than are live at once in any installation; then the cache starts anew.
    static let sizeMax = 500

    package init() {}

    func flow(_ hash: String) -> Flow? { flows.withLock { $0[hash] } }

    func keep(_ revision: FlowRevision) {
        flows.withLock { flows in
            if flows.count >= Self.sizeMax { flows.removeAll() }
            flows[revision.hash] = revision.flow
        }
    }
}
