/// What a target system is asked for, as the body of the call says it.
enum HTTPStep: String, Hashable, Sendable { case escalate, deescalate }
