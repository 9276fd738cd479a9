package import Support

/// Why a request goes on to the next link of its backup chain (sym-sdk.md 2.4).
package enum ForwardCause: String, Hashable, Codable, Sendable, CaseIterable {
    case timeout
    case deliveryFailure = "delivery_failure"
}

/// Which of a run's steps of one kind is meant: names a question to a hook.
package struct Occasion: Hashable, Codable, Sendable, CustomStringConvertible {
    package enum Cause: String, Hashable, Codable, Sendable {
        case timeout
        case deliveryFailure = "delivery_failure"
        /// The request as a whole was not answered in time.
        case answerBy = "answer_by"
    }

    package var round: Int
    /// The stage of the backup chain that is left, or was reached; the epoch of an execution; else 0.
    package var index: Int
    package var cause: Cause?

    package init(round: Int, index: Int = 0, cause: Cause? = nil) {
        self.round = round
        self.index = index
        self.cause = cause
    }

    package var description: String { "\(round).\(index)" + (cause.map { "." + $0.rawValue } ?? "") }
}

/// A hook that is asked before a forward or an expiry takes effect. It is waited for until its time is over; then the
/// step happens without it.
package struct Asking: Hashable, Codable, Sendable {
    package var hook: Hook
    package var occasion: Occasion
    package var until: Timestamp

    package init(hook: Hook, occasion: Occasion, until: Timestamp) {
        self.hook = hook
        self.occasion = occasion
        self.until = until
    }
}

/// What a hook wants to be different about the job.
package struct JobChange: Hashable, Codable, Sendable {
    /// The name of a target of the flow's strategy.
    package var target: String?
    package var durationSeconds: Int?

    package init(target: String? = nil, durationSeconds: Int? = nil) {
        self.target = target
        self.durationSeconds = durationSeconds
    }

    /// Whether this is no more than what people were shown: the same target, for no longer.
    package func isWithin(_ submission: Submission) -> Bool {
        if let target, target != submission.target { return false }
        guard let durationSeconds else { return true }
        return submission.durationSeconds.map { durationSeconds <= $0 } ?? false
    }
}

/// The job as it is after a change, with what approval is bound to from now on.
package struct Amendment: Hashable, Codable, Sendable {
    package var target: String?
    package var durationSeconds: Int?
    package var terms: Terms
    package var binding: Binding

    package init(target: String?, durationSeconds: Int?, terms: Terms, binding: Binding) {
        self.target = target
        self.durationSeconds = durationSeconds
        self.terms = terms
        self.binding = binding
    }
}

extension Submission {
    /// The same request for another target or duration.
    package func changed(by change: JobChange) -> Submission {
        var changed = self
        if let target = change.target { changed.target = target }
        if let seconds = change.durationSeconds {
            changed.durationSeconds = seconds
            if changed.fields[PromptField.durationName] != nil {
                changed.fields[PromptField.durationName] = .duration(Int64(seconds))
            }
        }
        return changed
    }
}

extension AccessRequest {
    /// The run as it would be after a change, for whoever has to say something of it before that is on record.
    package func changed(by change: JobChange) -> AccessRequest {
        var changed = self
        changed.submission = submission.changed(by: change)
        return changed
    }

    /// The run with another identity and binding than it was recorded with, likewise.
    package func amended(_ amendment: Amendment) -> AccessRequest {
        var amended = changed(
            by: JobChange(target: amendment.target, durationSeconds: amendment.durationSeconds)
        )
        amended.terms = amendment.terms
        amended.binding = amendment.binding
        return amended
    }
}

extension Hook {
    /// Asked when the step is over: nothing waits for the answer.
    package var isAfter: Bool {
        switch self {
        case .afterPrompt, .afterRequest, .afterRequestForward, .afterRequestExpire, .afterApprove, .afterDeny,
            .afterEscalate, .afterDeescalate:
            true
        case .onPrompt, .onRequest, .onRequestForward, .onRequestExpire, .onApprove, .onDeny, .onEscalate,
            .onDeescalate:
            false
        }
    }
}
