import FoundationEssentials
import Support

/// The configuration of one test's installation: Acme, its customer Globex, and the flows of the test.
struct Site {
    /// Each a JSON object of the `flows` array.
    var flows: [String]
    /// Members of `settings`, as JSON text.
    var settings = "{}"
    /// Members of the strategy's settings beside the secret.
    var strategy = #""timeout": "5s""#
    /// Members of every target's settings beside its address.
    var target = #""tier": "gold""#
    /// Where the target system is; `nil` for the test's own.
    var targetURL: String?
    /// More targets of the strategy, by name.
    var moreTargets: [String] = []

    /// Files that stand in the folder as they are, but for the target system's address.
    var files: [String: String] = [:]

    init(_ flows: String...) { self.flows = flows }

    /// The sample organisation that comes with the program.
    static var demo: Site {
        get throws {
            var site = Site()
            for name in ["acme.json", "flows.json"] {
                let url = URL(filePath: Executable.checkout + "config/demo/" + name)
                site.files[name] = try String(contentsOf: url, encoding: .utf8)
            }
            return site
        }
    }

    func replacingTarget(in text: String, by url: String) -> String {
        text.replacing("http://127.0.0.1:3002", with: url)
    }

    func text(targetURL ours: String) -> String {
        let url = targetURL ?? ours
        let targets = ["orders-db", "billing-db"] + moreTargets
        let labels = ["orders-db": "Orders database", "billing-db": "Billing database"]
        let described = targets.map { name in
            #"{"type": "http", "name": "\#(name)", "label": "\#(labels[name] ?? name)", "#
                + #""settings": {"url": "\#(url)/grants", \#(target)}}"#
        }
        return """
            {
              "organization": {
                "slug": "acme", "label": "Acme", "domains": ["acme.test"],
                "users": [{"email": "ada@acme.test", "role": "admin", "name": "Ada Admin"}]
              },
              "integrations": [
                {"type": "slack", "name": "acme-slack", "external_id": "T0ACME"},
                {"type": "slack", "name": "globex-slack", "external_id": "T0CUST", "settings": {"home": "false"}}
              ],
              "error_loggers": [{"name": "errors", "integration": "acme-slack", "destination": "#sym-errors"}],
              "environments": [
                {"name": "main", "label": "Main", "integrations": {"slack": "acme-slack"}, "error_logger": "errors"}
              ],
              "secrets": [{"name": "signing", "path": "SCENARIO_TARGET_SECRET"}],
              "strategies": [
                {"type": "http", "name": "http", "settings": {"signing_secret": "signing", \(strategy)},
                 "targets": [\(targets.map { "\"\($0)\"" }.joined(separator: ", "))]}
              ],
              "targets": [\(described.joined(separator: ",\n"))],
              "settings": \(settings),
              "flows": [\(flows.joined(separator: ",\n"))]
            }
            """
    }

    // MARK: Flows

    /// A flow that gives access through the test's target system, with a reason and a duration to fill in.
    ///
    /// - Parameters:
    ///   - params: more members of `params`, each with a comma in front.
    ///   - more: members of the flow itself: `rules`, `notify`, `quorum`, ….
    static func access(
        _ more: String = Site.askDatabaseTeam, name: String = "prod_db", durations: [String] = ["1h"],
        params: String = ""
    ) -> String {
        let values = durations.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            {
              "name": "\(name)", "label": "Production database", "environment": "main",
              "params": {
                "strategy": "http",
                "prompt_fields": [
                  {"name": "reason", "type": "string", "label": "Why?"},
                  {"name": "duration", "type": "duration", "label": "How long?", "allowed_values": [\(values)],
                   "default": "\(durations[0])"}
                ]\(params)
              },
              \(more)
            }
            """
    }

    /// A flow that only asks.
    static func question(_ more: String, name: String = "go_ahead", params: String = "") -> String {
        """
        {
          "name": "\(name)", "label": "Ask for a go-ahead", "environment": "main",
          "params": {
            "prompt_fields": [{"name": "what", "type": "string", "label": "What do you want to do?"}]\(params)
          },
          \(more)
        }
        """
    }

    /// Dana decides; #db-access is told.
    static let askDatabaseTeam = ask(users("dana"), channel("#db-access"))

    /// For `may_decide`: people of Acme by their handles.
    static func users(_ names: String...) -> String {
        "\"users\": [" + names.map { "\"\($0)@acme.test\"" }.joined(separator: ", ") + "]"
    }

    /// For `notify`.
    static func channel(_ name: String, forwardAfter: String? = nil) -> String {
        "{\"channel\": \"\(name)\"" + (forwardAfter.map { ", \"forward_after\": \"\($0)\"" } ?? "") + "}"
    }

    static func user(_ name: String, forwardAfter: String? = nil) -> String {
        "{\"user\": \"\(name)@acme.test\"" + (forwardAfter.map { ", \"forward_after\": \"\($0)\"" } ?? "") + "}"
    }

    /// One rule that asks.
    static func ask(_ mayDecide: String, _ notify: String, more: String = "") -> String {
        #""rules": [{"name": "ask the database team", "then": {"ask": {"may_decide": {\#(mayDecide)}, "#
            + #""notify": [\#(notify)]\#(more)}}}]"#
    }
}
