package import ApprovalCore
package import Support

/// Another system that flows in Python can ask through a module of `sym.sdk.integrations`: Okta, PagerDuty, a ticket
/// system. One for each module; what it needs to sign in with is named by the flow's integrations.
package protocol FlowIntegration: Sendable {
    /// - Returns: the value that `sym/sdk/_calls.py` says the function has.
    func perform(_ call: FlowIntegrationCall) async throws(FlowIntegrationError) -> JSONValue
}

package struct FlowIntegrationCall: Sendable {
    /// Within the module: `is_user_in_group`.
    package var function: String
    package var arguments: JSONObject
    /// The flow whose code asks: its environment's integrations, or its strategy's, are the ones to use.
    package var flow: Flow

    package init(function: String, arguments: JSONObject, flow: Flow) {
        self.function = function
        self.arguments = arguments
        self.flow = flow
    }
}

/// Becomes the module's own exception in the flow's code.
package struct FlowIntegrationError: Error, Hashable, Sendable {
    /// The part of the error code behind the colon: `NOT_FOUND`.
    package var name: String
    package var message: String

    package init(name: String, message: String) {
        self.name = name
        self.message = message
    }
}
