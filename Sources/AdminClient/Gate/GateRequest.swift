package import ApprovalCore
import FlowConfig
package import Support

/// What `symflow request` and `symflow run` ask for.
package struct GateRequest: Hashable, Sendable {
    package var flow: String
    /// By field name, as typed.
    package var inputs: JSONObject
    package var target: String?
    package var durationSeconds: Int64?
    package var context: JSONObject
    package var onBehalfOf: String?
    package var command: GateCommand?

    package init(
        flow: String, inputs: JSONObject = [:], target: String? = nil, durationSeconds: Int64? = nil,
        context: JSONObject = [:], onBehalfOf: String? = nil, command: GateCommand? = nil
    ) {
        self.flow = flow
        self.inputs = inputs
        self.target = target
        self.durationSeconds = durationSeconds
        self.context = context
        self.onBehalfOf = onBehalfOf
        self.command = command
    }

    /// Reads `NAME=VALUE`.
    ///
    /// - Throws: `GateError` that says how it should look.
    package mutating func add(input text: String) throws {
        guard let mark = text.firstIndex(of: "="), mark != text.startIndex else {
            throw GateError("--input \(text): expected NAME=VALUE, such as --input reason=INC-1.")
        }
        let name = String(text[..<mark])
        guard inputs[name] == nil else { throw GateError("--input \(name) is given twice.") }
        inputs[name] = .string(String(text[text.index(after: mark)...]))
    }

    /// Reads `30m`, `1h`, or seconds.
    package mutating func set(duration text: String) throws {
        guard let seconds = DurationText.seconds(text), seconds > 0 else {
            throw GateError("--duration \(text): expected a length of time such as 30m, 1h or 2d.")
        }
        durationSeconds = seconds
    }

    /// Reads the JSON object that Python is to see.
    package mutating func set(context bytes: [UInt8], from file: String) throws {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw GateError("--context \(file) is not valid JSON: \(error)")
        }
        guard let object = value.object else {
            throw GateError("--context \(file) holds \(value.kind), expected a JSON object.")
        }
        context = object
    }

    /// The body of `POST events/request`.
    package var body: JSONObject {
        var inputs = inputs
        if let target { inputs["target_srn"] = .string(target) }
        if let durationSeconds { inputs["duration"] = .int(durationSeconds) }
        var body: JSONObject = [
            "flow_srn": .string(flow), "flow_inputs": .object(inputs), "context": .object(context),
        ]
        if let onBehalfOf {
            body[onBehalfOf.contains("@") ? "user_email" : "user_id"] = .string(onBehalfOf)
        }
        if let command { body["command"] = command.json }
        return body
    }
}
