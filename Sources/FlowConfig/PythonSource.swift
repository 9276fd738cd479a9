/// A Python file that the configuration names. What is in it is for `symflow check` and for workers to say.
package struct PythonSource: Hashable, Sendable {
    package var part: Capabilities.PythonPart
    /// As the operator should see it in messages.
    package var file: String
    package var text: String
    /// The prompt fields of the flow; `nil` where there is no flow, as for a strategy.
    package var fields: [String]?
    /// Whether the flow has rules, which say who is asked without a line of Python.
    package var hasRules = false

    package init(part: Capabilities.PythonPart, file: String, text: String) {
        self.part = part
        self.file = file
        self.text = text
    }
}
