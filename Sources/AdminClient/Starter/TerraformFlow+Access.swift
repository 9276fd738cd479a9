extension TerraformFlow {
    /// The strategy and the first target, by kind (sym-terraform.md 4 to 6).
    var accessTexts: [String] {
        switch kind {
        case .approvalOnly: []
        case .okta:
            [
                okta, strategy("okta", integration: "sym_integration.okta_\(id).id"),
                target(
                    "okta_group", ["group_id": "CHANGE-ME"], "The group's id is in its address in Okta's admin console."
                ),
            ]
        case .awsIAM:
            [
                strategy("aws_iam", integration: "sym_integration.runtime_context.id"),
                target(
                    "aws_iam_group", ["iam_group": "CHANGE-ME"], "The group's name."),
            ]
        case .awsLambda:
            [
                strategy("aws_lambda", integration: "sym_integration.runtime_context.id"),
                target(
                    "aws_lambda_function", ["arn": "CHANGE-ME"],
                    "Called twice in each run: event.type is \"escalate\", then \"deescalate\"."),
            ]
        case .awsSSO: awsSSO
        case .http:
            [
                strategy("http", integration: nil),
                target(
                    "http", ["url": "https://access.example.com/grants"],
                    "Gets JSON on approval and when the time is over."),
            ]
        }
    }

    private var id: String { identifier }

    private var okta: String {
        """
        resource "sym_integration" "okta_\(id)" {
          type        = "okta"
          name        = "\(name)-okta-${local.environment_name}"
          external_id = "\(oktaDomain)"

          settings = {
            api_token_secret = sym_secret.okta_api_token_\(id).id
          }
        }

        # The name of the secret in AWS Secrets Manager that holds an API token of Okta.
        resource "sym_secret" "okta_api_token_\(id)" {
          path      = "symflow/${local.environment_name}/okta-api-token"
          source_id = sym_secrets.this.id
        }
        """
    }

    private var awsSSO: [String] {
        [
            """
            # Lets the server assign permission sets of this instance of IAM Identity Center.
            resource "sym_integration" "sso_\(id)" {
              type        = "permission_context"
              name        = "\(name)-sso-${local.environment_name}"
              external_id = "CHANGE-ME" # arn:aws:sso:::instance/ssoins-…

              settings = {
                cloud        = "aws"
                region       = var.aws_region
                role_arn     = var.runtime_role_arn
                external_id  = var.runtime_external_id
                account_id   = var.aws_account_id
                instance_arn = "CHANGE-ME" # the same as above
              }
            }
            """,
            strategy(
                "aws_sso", integration: "sym_integration.sso_\(id).id",
                settings: ["instance_arn": "sym_integration.sso_\(id).settings[\"instance_arn\"]"]
            ),
            target(
                "aws_sso_permission_set", ["permission_set_arn": "CHANGE-ME", "account_id": "CHANGE-ME"],
                "One permission set in one account."
            ),
        ]
    }

    private func strategy(_ type: String, integration: String?, settings: KeyValuePairs<String, String> = [:]) -> String
    {
        var lines = ["type = \"\(type)\"", "name = \"\(name)-${local.environment_name}\""]
        if let integration { lines.append("integration_id = \(integration)") }
        lines.append("targets = [sym_target.\(id).id]")
        return resource("sym_strategy", lines: lines, settings: settings.map { "\($0.key) = \($0.value)" })
    }

    private func target(_ type: String, _ settings: KeyValuePairs<String, String>, _ comment: String) -> String {
        "# \(comment)\n"
            + resource(
                "sym_target",
                lines: [
                    "type = \"\(type)\"", "name = \"\(name)-${local.environment_name}-target\"",
                    "label = \"\(name)\"",
                ],
                settings: settings.map { "\($0.key) = \"\($0.value)\"" }
            )
    }

    private func resource(_ type: String, lines: [String], settings: [String]) -> String {
        var text = "resource \"\(type)\" \"\(id)\" {\n" + Self.aligned(lines, indent: 2)
        if !settings.isEmpty { text += "\n\n  settings = {\n" + Self.aligned(settings, indent: 4) + "\n  }" }
        return text + "\n}"
    }

    /// `name = value` lines with their `=` below each other, as `terraform fmt` has them.
    private static func aligned(_ lines: [String], indent: Int) -> String {
        let pairs = lines.map { line -> (String, String) in
            guard let mark = line.firstRange(of: " = ") else { return (line, "") }
            return (String(line[..<mark.lowerBound]), String(line[mark.upperBound...]))
        }
        let width = pairs.map(\.0.count).max() ?? 0
        return pairs.map { name, value in
            String(repeating: " ", count: indent) + name + String(repeating: " ", count: width - name.count) + " = "
                + value
        }.joined(separator: "\n")
    }
}
