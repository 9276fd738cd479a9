import ApprovalCore
import SlackContract
import Support
import Synchronization

/// A form as it was shown last.
struct ShownForm: Sendable {
    var flow: Flow
    var revision: String
    var form: PromptForm
    /// The workspace of the installation that shows it.
    var workspace: String
    var account: Account
    /// Chosen when it was opened.
    var target: String?
    /// Says that a change could not be followed.
    var problem: String?
}

/// The forms that are open, as far as this process has to do with them: what happens to one is done by one after the
/// other, and what comes meanwhile is done together.
///
/// A process that has just started knows none. Every payload brings what is needed to go on.
final class OpenForms: Sendable {
    /// What is to be done with one form.
    struct Work: Sendable {
        /// Fields whose `on_change` is to be asked, in the order in which they changed.
        var changed: [String] = []
        /// As it was when the last of them changed.
        var view: InboundView?
        var account: Account?
        var workspace = ""
        var since: MonotonicInstant?
        /// Show again what is known by now.
        var refreshes = false

        var isEmpty: Bool { changed.isEmpty && !refreshes }

        fileprivate mutating func add(_ newer: Work) {
            changed += newer.changed.filter { !changed.contains($0) }
            refreshes = refreshes || newer.refreshes
            guard let view = newer.view else { return }
            self.view = view
            account = newer.account
            workspace = newer.workspace
            since = newer.since
        }
    }

    private struct Entry {
        var isBusy = false
        var waiting = Work()
        var shown: ShownForm?
        var hash: String?
        /// Hashes of the views that this form has had before.
        var past: Set<String> = []
        var usedAt = MonotonicInstant.now()
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Forms beyond this are forgotten, those first that nothing happened to for the longest time.
    static let countMax = 5000
    static let pastMax = 200

    // MARK: Showing

    /// The view shows this from now on.
    func note(_ shown: ShownForm, as hash: String?, view: String) {
        change(view) { entry in
            if let old = entry.hash, entry.past.count < Self.pastMax { entry.past.insert(old) }
            entry.shown = shown
            entry.hash = hash
        }
    }

    func shown(_ view: String) -> (form: ShownForm, hash: String?)? {
        entries.withLock { entries in entries[view]?.shown.map { ($0, entries[view]?.hash) } }
    }

    /// What is shown by now, where the view of a payload is older than that.
    func newer(than hash: String?, view: String) -> (form: ShownForm, hash: String?)? {
        entries.withLock { entries in
            guard let entry = entries[view], let shown = entry.shown, let hash, entry.past.contains(hash) else {
                return nil
            }
            return (shown, entry.hash)
        }
    }

    func forget(_ view: String) { entries.withLock { $0[view] = nil } }

    // MARK: Working

    /// - Returns: whether the caller is to do the work, with `next`; otherwise somebody else is at it.
    func add(_ work: Work, to view: String) -> Bool {
        change(view) { entry in
            entry.waiting.add(work)
            defer { entry.isBusy = true }
            return !entry.isBusy
        }
    }

    /// What is to be done next; `nil` when there is nothing left, and the caller is done.
    func next(_ view: String) -> Work? {
        change(view) { entry in
            guard !entry.waiting.isEmpty else {
                entry.isBusy = false
                return nil
            }
            defer { entry.waiting = Work() }
            return entry.waiting
        }
    }

    /// Whether a field has changed since `next`: what was found out about the older state is of no use then, and its
    /// fields are asked again with the newer.
    func isOvertaken(_ work: Work, of view: String) -> Bool {
        change(view) { entry in
            guard !entry.waiting.changed.isEmpty else { return false }
            var all = work
            all.add(entry.waiting)
            entry.waiting = all
            return true
        }
    }

    private func change<R>(_ view: String, _ body: (inout Entry) -> R) -> R {
        entries.withLock { entries in
            if entries[view] == nil, entries.count >= Self.countMax {
                let idle = entries.filter { !$0.value.isBusy }.sorted { $0.value.usedAt < $1.value.usedAt }
                for (view, _) in idle.prefix(Self.countMax / 2) { entries[view] = nil }
            }
            var entry = entries[view] ?? Entry()
            entry.usedAt = .now()
            let result = body(&entry)
            entries[view] = entry
            return result
        }
    }
}
