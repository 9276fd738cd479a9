import FoundationEssentials
import HTTPModel
import Support

/// Configurations whose forms run Python, and what people do with them.
enum LiveForm {
    static func fixture(_ name: String) throws -> String {
        try String(contentsOf: URL(filePath: Executable.checkout + "Fixtures/python/\(name).py"), encoding: .utf8)
            .replacing("#approvals", with: "#db-access")
    }

    /// A flow in Python that asks #db-access, with these fields before the usual ones.
    static func site(_ fields: String...) -> Site {
        let all = fields.map { $0 + "," }.joined()
        var site = Site(
            """
            {
              "name": "prod_db", "label": "Production database", "environment": "main", "implementation": "impl.py",
              "params": {
                "strategy": "http",
                "prompt_fields": [
                  \(all)
                  {"name": "reason", "type": "string", "label": "Why?"},
                  {"name": "duration", "type": "duration", "label": "How long?", "allowed_values": ["1h", "2h"],
                   "default": "1h"}
                ]
              }
            }
            """
        )
        site.files["impl.py"] = prefetch("return []")
        return site
    }

    static func field(_ name: String, _ label: String, _ more: String) -> String {
        #"{"name": "\#(name)", "type": "string", "label": "\#(label)", \#(more)}"#
    }

    /// An implementation whose options for `ticket` come of these lines.
    static func prefetch(_ lines: String...) -> String {
        """
        from sym.sdk import FieldOption, prefetch, reducer, slack
        @reducer
        def get_approvers(event): return slack.channel("#db-access")
        @prefetch(field_name="ticket")
        def options(event):
        \(lines.map { "    " + $0 }.joined(separator: "\n"))

        """
    }

    /// The state of a menu.
    static func chosen(_ type: String, _ value: String) -> JSONValue {
        [
            "value": [
                "type": .string(type),
                "selected_option": [
                    "text": ["type": "plain_text", "text": .string(value)], "value": .string(value),
                ],
            ]
        ]
    }

    /// What no client would send: a form as it is shown, with other values, or for another flow.
    static func submission(of view: JSONValue, _ values: JSONObject, flow: String? = nil) -> Delivery {
        var view = view.object ?? [:]
        view["state"] = ["values": .object(values)]
        if let flow { view["private_metadata"] = .string(#"{"flow":"\#(flow)"}"#) }
        return Delivery(payload: [
            "type": "view_submission", "api_app_id": .string(EmulatedSlack.appID), "token": "x",
            "user": ["id": "U0BOB", "username": "bob", "team_id": "T0ACME"],
            "team": ["id": "T0ACME", "domain": "acme"], "enterprise": nil, "is_enterprise_install": false,
            "trigger_id": "1.2.3", "view": .object(view), "response_urls": [],
        ])
    }
}

extension Person {
    /// Uses a field that tells of every change.
    func changes(_ label: String, to value: JSONValue) async throws {
        let answer = try await slack.post(
            "view/action", ["user": .string(name), "label": .string(label), "value": value]
        )
        guard answer["ok"]?.flag == true else { throw HarnessError("\(name) changes \(label): \(answer.compact)") }
    }

    /// Fills in fields that tell nobody.
    func fills(_ values: JSONObject) async throws {
        let answer = try await slack.post("view/input", ["user": .string(name), "values": .object(values)])
        guard answer["ok"]?.flag == true else { throw HarnessError("\(name) fills in: \(answer.compact)") }
    }

    /// The texts of the options that a menu offers.
    func searches(_ label: String, _ query: String) async throws -> [String] {
        let answer = try await slack.post(
            "options", ["user": .string(name), "label": .string(label), "query": .string(query)]
        )
        guard answer["ok"]?.flag == true else { throw HarnessError("\(name) searches \(label): \(answer.compact)") }
        return (answer["options"]?.elements ?? []).compactMap { $0["text"]?["text"]?.text }
    }

    @discardableResult
    func seesForm(lacking text: String) async throws -> JSONValue {
        try await slack.wait([
            "view": ["user": .string(name), "callback_id": "sym_form", "lacks": .string(text)]
        ])["view"] ?? nil
    }
}

extension JSONValue {
    /// The element of the input block with this label.
    func input(labelled label: String) -> JSONValue? {
        self["blocks"]?.elements?.first { $0["label"]?["text"]?.text == label }?["element"]
    }

    func options(labelled label: String) -> [String] {
        (input(labelled: label)?["options"]?.elements ?? []).compactMap { $0["text"]?["text"]?.text }
    }

    var texts: [String] {
        (self["blocks"]?.elements ?? []).compactMap { $0["text"]?["text"]?.text ?? $0["label"]?["text"]?.text }
    }
}

extension Installation {
    /// Nothing was requested so far.
    func isWithoutRuns() async throws -> Bool {
        try await !audit().contains { $0["aggregate"]?.text?.hasPrefix("run/") == true }
    }
}

extension HTTPResponse {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
