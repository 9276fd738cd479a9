import ApprovalCore
import Support

extension ConfigReader {
    private static let knownTargetTypes = targetTypes.values.joined().sorted()
    /// Targets of the strategies that this version has.
    private var availableTargetTypes: Set<String> {
        Set(capabilities.strategyTypes.flatMap { Self.targetTypes[$0] ?? [] })
    }
    /// What our own code reads of an http target. Everything else goes to the target system as it stands.
    private static let httpTargetSettings = ["url", "shared", "retry_ambiguous"]

    func target(_ reader: inout ObjectReader, _ name: String) -> Target? {
        let type = reader.required("type", "the type of target, such as \"http\"").flatMap {
            available($0, "target type", of: Self.knownTargetTypes, availableTargetTypes)
        }
        let label = reader.label(max: ConfigLimits.optionText)
        let settingsNode = reader.optional("settings")
        var settings: [String: String] = [:]
        if let settingsNode {
            if settingsNode.value.object == nil { report.problem(settingsNode, expected: "an object of strings") }
            for (name, value) in settingsNode.members where !value.value.isNull {
                settings[name] = report.settingText(value)
            }
        }
        let bindings = fieldBindings(&reader)
        let node = settingsNode ?? reader.node
        switch type {
        case "http": checkHTTP(node, &settings, bindings)
        case "custom":
            if settings["identifier"] == nil, !bindings.contains("identifier") {
                report.problem(node, found: "no \"identifier\"", expected: "what the strategy's code knows it by")
            }
        default: break
        }
        return type.map { Target(type: $0, name: name, label: label, settings: settings, fieldBindings: bindings) }
    }

    private func fieldBindings(_ reader: inout ObjectReader) -> [String] {
        var bindings: [String] = []
        for element in reader.optional("field_bindings").flatMap(report.array) ?? [] {
            guard let name = report.slug(element) else { continue }
            if bindings.contains(name) {
                report.problem(element, found: "\(element.shown) again", expected: "each field once")
            } else if name == "shared" || name == "retry_ambiguous" {
                report.problem(element, expected: "another setting", hint: "This one is the operator's to choose.")
            } else {
                bindings.append(name)
            }
        }
        return bindings
    }

    private func checkHTTP(_ node: ConfigNode, _ settings: inout [String: String], _ bindings: [String]) {
        if let url = node.member("url") {
            if let text = url.value.text, !ConfigPatterns.isWebAddress(text) {
                // With a password in it, the address itself is not for logs.
                report.problem(
                    url, found: text.contains("@") ? "an address with a password" : nil,
                    expected: "an address that begins with https:// or http://, without a password")
            }
        } else if !bindings.contains("url") {
            report.problem(node, found: "no \"url\"", expected: "the address that is called for this target")
        }
        for name in ["shared", "retry_ambiguous"] {
            settings[name] = node.member(name).flatMap(report.flag).map { String($0) }
        }
        for (name, value) in node.members where !Self.httpTargetSettings.contains(name) && !value.value.isNull {
            guard let meant = Spelling.nearest(to: name, among: Self.httpTargetSettings) else { continue }
            report.warning(
                value, found: "a setting of your own", expected: "it to be meant for the target system",
                hint: ConfigReport.didYouMean(meant))
        }
    }
}
