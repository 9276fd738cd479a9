package import ApprovalCore
package import Support

extension NewEntry {
    /// The outbox entries that carry a decision's effects out.
    package static func entries(for effects: [Effect], of run: AccessRequest, at now: Timestamp) -> [NewEntry] {
        effects.map { effect in
            let name = run.id.text + "/" + effect.name
            return NewEntry(
                lane: effect.lane(of: run), effect: effect, run: run.id, serialKey: effect.serialKey(of: run) ?? name,
                uniqueKey: effect.isRepeatable ? "\(name)/\(now.milliseconds)/\(run.lastFactAt.milliseconds)" : name,
                due: now
            )
        }
    }
}

extension Effect {
    /// Names the effect within its run. Effects of the same name are one.
    package var name: String {
        switch self {
        case .route, .routeApproved: "route"
        case .classify(let receipt): "classify/\(receipt)"
        case .consult(let hook, let receipt): "\(hook.rawValue)/\(receipt)"
        case .ask(let hook, let occasion): "\(hook.rawValue)/\(occasion)"
        case .show(let slot): "card/" + slot
        case .tell(let account, let notice): "tell/\(account)/\(notice.action.rawValue)/\(notice.refusal.name)"
        case .escalate(let epoch): "escalate/\(epoch)"
        case .deescalate(let epoch): "deescalate/\(epoch)"
        case .report(let error): "report/\(error)"
        }
    }

    fileprivate func lane(of run: AccessRequest) -> Lane {
        switch self {
        case .route, .routeApproved, .classify, .consult, .ask: .handlers
        case .show: run.verdict == nil ? .cards : .decidedCards
        case .tell, .report: .notices
        case .escalate: .grants
        case .deescalate: .removals
        }
    }

    /// Effects on the same access run one after the other, whatever run they belong to (decisions.md 6).
    fileprivate func serialKey(of run: AccessRequest) -> String? {
        switch self {
        case .escalate, .deescalate: run.terms.grantKey.map { "grant/\($0)" }
        case .route, .routeApproved, .classify, .consult, .ask, .show, .tell, .report: nil
        }
    }

    /// Notices are said each time; everything else is one piece of work however often it is asked for.
    fileprivate var isRepeatable: Bool {
        switch self {
        case .tell, .report: true
        case .route, .routeApproved, .classify, .consult, .ask, .show, .escalate, .deescalate: false
        }
    }
}
