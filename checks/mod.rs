//! What bartizan knows: one file a check. The rules under `secret/*.toml` are compiled in by the
//! build; code checks are listed here. Written by `UPDATE=1 cargo test`; see CONTRIBUTING.md.

#[path = "agent/agent_auto_approve.rs"]
mod agent_agent_auto_approve;
#[path = "agent/agent_endpoint_override.rs"]
mod agent_agent_endpoint_override;
#[path = "agent/agent_hidden_instruction.rs"]
mod agent_agent_hidden_instruction;
#[path = "agent/agent_hidden_text.rs"]
mod agent_agent_hidden_text;
#[path = "agent/agent_hook_remote_code.rs"]
mod agent_agent_hook_remote_code;
#[path = "agent/agent_pipe_to_shell.rs"]
mod agent_agent_pipe_to_shell;
#[path = "agent/agent_verification_off.rs"]
mod agent_agent_verification_off;
#[path = "agent/devcontainer_host_command.rs"]
mod agent_devcontainer_host_command;
#[path = "agent/editor_task_autorun.rs"]
mod agent_editor_task_autorun;
#[path = "agent/install_script.rs"]
mod agent_install_script;
#[path = "agent/mcp_literal_secret.rs"]
mod agent_mcp_literal_secret;
#[path = "agent/mcp_plain_http.rs"]
mod agent_mcp_plain_http;
#[path = "agent/mcp_unpinned_server.rs"]
mod agent_mcp_unpinned_server;
#[path = "container/add_from_url.rs"]
mod container_add_from_url;
#[path = "container/added_capabilities.rs"]
mod container_added_capabilities;
#[path = "container/capabilities_not_dropped.rs"]
mod container_capabilities_not_dropped;
#[path = "container/confinement_off.rs"]
mod container_confinement_off;
#[path = "container/container_runs_as_root.rs"]
mod container_container_runs_as_root;
#[path = "container/default_password.rs"]
mod container_default_password;
#[path = "container/docker_socket.rs"]
mod container_docker_socket;
#[path = "container/host_network.rs"]
mod container_host_network;
#[path = "container/host_path.rs"]
mod container_host_path;
#[path = "container/host_pid_ipc.rs"]
mod container_host_pid_ipc;
#[path = "container/host_port.rs"]
mod container_host_port;
#[path = "container/image_by_mutable_tag.rs"]
mod container_image_by_mutable_tag;
#[path = "container/image_not_by_digest.rs"]
mod container_image_not_by_digest;
#[path = "container/no_resource_limits.rs"]
mod container_no_resource_limits;
#[path = "container/password_set_in_image.rs"]
mod container_password_set_in_image;
#[path = "container/pipe_to_shell.rs"]
mod container_pipe_to_shell;
#[path = "container/privilege_escalation.rs"]
mod container_privilege_escalation;
#[path = "container/privileged.rs"]
mod container_privileged;
#[path = "container/published_on_all_interfaces.rs"]
mod container_published_on_all_interfaces;
#[path = "container/root_in_pod.rs"]
mod container_root_in_pod;
#[path = "container/secret_in_image.rs"]
mod container_secret_in_image;
#[path = "container/ssh_port.rs"]
mod container_ssh_port;
#[path = "container/sudo.rs"]
mod container_sudo;
#[path = "container/token_mounted.rs"]
mod container_token_mounted;
#[path = "container/unverified_download.rs"]
mod container_unverified_download;
#[path = "container/verification_off.rs"]
mod container_verification_off;
#[path = "container/whole_context_copied.rs"]
mod container_whole_context_copied;
#[path = "container/wildcard_role.rs"]
mod container_wildcard_role;
#[path = "container/world_writable.rs"]
mod container_world_writable;
#[path = "container/writable_root_filesystem.rs"]
mod container_writable_root_filesystem;
#[path = "dependency/deprecated_package.rs"]
mod dependency_deprecated_package;
#[path = "dependency/malicious_package.rs"]
mod dependency_malicious_package;
#[path = "dependency/noticed_dependency.rs"]
mod dependency_noticed_dependency;
#[path = "dependency/unclear_package_version.rs"]
mod dependency_unclear_package_version;
#[path = "dependency/unmaintained_dependency.rs"]
mod dependency_unmaintained_dependency;
#[path = "dependency/unsound_dependency.rs"]
mod dependency_unsound_dependency;
#[path = "dependency/vulnerable_dependency.rs"]
mod dependency_vulnerable_dependency;
#[path = "dependency/vulnerable_dependency_copy.rs"]
mod dependency_vulnerable_dependency_copy;
#[path = "dependency/vulnerable_package.rs"]
mod dependency_vulnerable_package;
#[path = "dependency/yanked_dependency.rs"]
mod dependency_yanked_dependency;
#[path = "policy/broken_policy_link.rs"]
mod policy_broken_policy_link;
#[path = "policy/codeowners_dead_pattern.rs"]
mod policy_codeowners_dead_pattern;
#[path = "policy/codeowners_malformed.rs"]
mod policy_codeowners_malformed;
#[path = "policy/codeowners_misses_workflows.rs"]
mod policy_codeowners_misses_workflows;
#[path = "policy/committed_sensitive_file.rs"]
mod policy_committed_sensitive_file;
#[path = "policy/declared_sensitive_file.rs"]
mod policy_declared_sensitive_file;
#[path = "policy/exposed_credential_file.rs"]
mod policy_exposed_credential_file;
#[path = "policy/hidden_text.rs"]
mod policy_hidden_text;
#[path = "policy/licence_mismatch.rs"]
mod policy_licence_mismatch;
#[path = "policy/misdirected_report_link.rs"]
mod policy_misdirected_report_link;
#[path = "policy/no_licence.rs"]
mod policy_no_licence;
#[path = "policy/outdated_policy_date.rs"]
mod policy_outdated_policy_date;
#[path = "policy/overdue_policy_review.rs"]
mod policy_overdue_policy_review;
#[path = "policy/placeholder_contact.rs"]
mod policy_placeholder_contact;
#[path = "policy/tracked_binary.rs"]
mod policy_tracked_binary;
#[path = "policy/unbacked_claim.rs"]
mod policy_unbacked_claim;
#[path = "policy/unignored_env_file.rs"]
mod policy_unignored_env_file;
#[path = "policy/unread_audit_config.rs"]
mod policy_unread_audit_config;
#[path = "policy/untouched_policy_template.rs"]
mod policy_untouched_policy_template;
#[path = "policy/untrue_commit_signing_claim.rs"]
mod policy_untrue_commit_signing_claim;
#[path = "policy/untrue_container_claim.rs"]
mod policy_untrue_container_claim;
#[path = "policy/untrue_env_claim.rs"]
mod policy_untrue_env_claim;
#[path = "policy/untrue_pinning_claim.rs"]
mod policy_untrue_pinning_claim;
#[path = "policy/untrue_reference_claim.rs"]
mod policy_untrue_reference_claim;
#[path = "policy/untrue_sbom_claim.rs"]
mod policy_untrue_sbom_claim;
#[path = "policy/untrue_scanner_claim.rs"]
mod policy_untrue_scanner_claim;
#[path = "policy/untrue_secret_claim.rs"]
mod policy_untrue_secret_claim;
#[path = "policy/untrue_signing_claim.rs"]
mod policy_untrue_signing_claim;
#[path = "policy/untrue_unsafe_claim.rs"]
mod policy_untrue_unsafe_claim;
#[path = "policy/untrue_update_claim.rs"]
mod policy_untrue_update_claim;
#[path = "policy/untrue_version_claim.rs"]
mod policy_untrue_version_claim;
#[path = "policy/worm_artefact.rs"]
mod policy_worm_artefact;
#[path = "provenance/artifact_changed_after_signing.rs"]
mod provenance_artifact_changed_after_signing;
#[path = "provenance/incomplete_sbom.rs"]
mod provenance_incomplete_sbom;
#[path = "provenance/inconclusive_signature.rs"]
mod provenance_inconclusive_signature;
#[path = "provenance/invalid_commit_signature.rs"]
mod provenance_invalid_commit_signature;
#[path = "provenance/invalid_signature.rs"]
mod provenance_invalid_signature;
#[path = "provenance/machine_path_in_sbom.rs"]
mod provenance_machine_path_in_sbom;
#[path = "provenance/missing_sbom.rs"]
mod provenance_missing_sbom;
#[path = "provenance/outdated_sbom_format.rs"]
mod provenance_outdated_sbom_format;
#[path = "provenance/release_without_signature.rs"]
mod provenance_release_without_signature;
#[path = "provenance/sbom_drift.rs"]
mod provenance_sbom_drift;
#[path = "provenance/sbom_without_purls.rs"]
mod provenance_sbom_without_purls;
#[path = "provenance/signature_without_artifact.rs"]
mod provenance_signature_without_artifact;
#[path = "provenance/stale_sbom.rs"]
mod provenance_stale_sbom;
#[path = "provenance/unexpected_commit_signer.rs"]
mod provenance_unexpected_commit_signer;
#[path = "provenance/unexpected_signer.rs"]
mod provenance_unexpected_signer;
#[path = "provenance/unreadable_sbom.rs"]
mod provenance_unreadable_sbom;
#[path = "provenance/unsigned_artifact.rs"]
mod provenance_unsigned_artifact;
#[path = "provenance/unsigned_commit.rs"]
mod provenance_unsigned_commit;
#[path = "provenance/unsigned_sbom.rs"]
mod provenance_unsigned_sbom;
#[path = "provenance/unused_signing_key.rs"]
mod provenance_unused_signing_key;
#[path = "provenance/weak_signature_verification.rs"]
mod provenance_weak_signature_verification;
#[path = "provenance/weak_signing_key.rs"]
mod provenance_weak_signing_key;
#[path = "secret/credential_file.rs"]
mod secret_credential_file;
#[path = "secret/credential_store_file.rs"]
mod secret_credential_store_file;
#[path = "secret/env_file.rs"]
mod secret_env_file;
#[path = "secret/generic_password.rs"]
mod secret_generic_password;
#[path = "secret/generic_secret.rs"]
mod secret_generic_secret;
#[path = "secret/password_hash_file.rs"]
mod secret_password_hash_file;
#[path = "workflow/agent_open_to_everyone.rs"]
mod workflow_agent_open_to_everyone;
#[path = "workflow/all_secrets_exposed.rs"]
mod workflow_all_secrets_exposed;
#[path = "workflow/always_true_condition.rs"]
mod workflow_always_true_condition;
#[path = "workflow/archived_action.rs"]
mod workflow_archived_action;
#[path = "workflow/broad_app_token.rs"]
mod workflow_broad_app_token;
#[path = "workflow/broad_token_permissions.rs"]
mod workflow_broad_token_permissions;
#[path = "workflow/broken_ternary.rs"]
mod workflow_broken_ternary;
#[path = "workflow/compromised_action.rs"]
mod workflow_compromised_action;
#[path = "workflow/dependabot_runs_code.rs"]
mod workflow_dependabot_runs_code;
#[path = "workflow/forbidden_action.rs"]
mod workflow_forbidden_action;
#[path = "workflow/hardcoded_container_password.rs"]
mod workflow_hardcoded_container_password;
#[path = "workflow/ignored_severity_input.rs"]
mod workflow_ignored_severity_input;
#[path = "workflow/inherited_secrets.rs"]
mod workflow_inherited_secrets;
#[path = "workflow/insecure_commands_allowed.rs"]
mod workflow_insecure_commands_allowed;
#[path = "workflow/long_lived_publish_token.rs"]
mod workflow_long_lived_publish_token;
#[path = "workflow/lookalike_action.rs"]
mod workflow_lookalike_action;
#[path = "workflow/missing_token_permissions.rs"]
mod workflow_missing_token_permissions;
#[path = "workflow/mutable_hook_revision.rs"]
mod workflow_mutable_hook_revision;
#[path = "workflow/no_update_tool.rs"]
mod workflow_no_update_tool;
#[path = "workflow/obfuscated_workflow.rs"]
mod workflow_obfuscated_workflow;
#[path = "workflow/persisted_credentials.rs"]
mod workflow_persisted_credentials;
#[path = "workflow/plain_http_hook.rs"]
mod workflow_plain_http_hook;
#[path = "workflow/poisoned_artifact.rs"]
mod workflow_poisoned_artifact;
#[path = "workflow/privileged_trigger.rs"]
mod workflow_privileged_trigger;
#[path = "workflow/release_from_cache.rs"]
mod workflow_release_from_cache;
#[path = "workflow/scanner_cannot_fail.rs"]
mod workflow_scanner_cannot_fail;
#[path = "workflow/secret_sent_elsewhere.rs"]
mod workflow_secret_sent_elsewhere;
#[path = "workflow/self_hosted_runner_on_pull_request.rs"]
mod workflow_self_hosted_runner_on_pull_request;
#[path = "workflow/short_cooldown.rs"]
mod workflow_short_cooldown;
#[path = "workflow/spoofable_actor_check.rs"]
mod workflow_spoofable_actor_check;
#[path = "workflow/substring_condition.rs"]
mod workflow_substring_condition;
#[path = "workflow/uncovered_ecosystem.rs"]
mod workflow_uncovered_ecosystem;
#[path = "workflow/unlocked_install.rs"]
mod workflow_unlocked_install;
#[path = "workflow/unmasked_secret.rs"]
mod workflow_unmasked_secret;
#[path = "workflow/unpinned_action.rs"]
mod workflow_unpinned_action;
#[path = "workflow/unpinned_container_image.rs"]
mod workflow_unpinned_container_image;
#[path = "workflow/unpinned_tool.rs"]
mod workflow_unpinned_tool;
#[path = "workflow/unsafe_checkout_allowed.rs"]
mod workflow_unsafe_checkout_allowed;
#[path = "workflow/untrusted_checkout.rs"]
mod workflow_untrusted_checkout;
#[path = "workflow/untrusted_environment_file.rs"]
mod workflow_untrusted_environment_file;
#[path = "workflow/untrusted_input_in_script.rs"]
mod workflow_untrusted_input_in_script;
#[path = "workflow/untrusted_prompt.rs"]
mod workflow_untrusted_prompt;

use crate::engine::Check;

/// Every check that is code, sorted by file.
#[rustfmt::skip]
pub(crate) static CODE: &[&Check] = &[
    &agent_agent_auto_approve::CHECK,
    &agent_agent_endpoint_override::CHECK,
    &agent_agent_hidden_instruction::CHECK,
    &agent_agent_hidden_text::CHECK,
    &agent_agent_hook_remote_code::CHECK,
    &agent_agent_pipe_to_shell::CHECK,
    &agent_agent_verification_off::CHECK,
    &agent_devcontainer_host_command::CHECK,
    &agent_editor_task_autorun::CHECK,
    &agent_install_script::CHECK,
    &agent_mcp_literal_secret::CHECK,
    &agent_mcp_plain_http::CHECK,
    &agent_mcp_unpinned_server::CHECK,
    &container_add_from_url::CHECK,
    &container_added_capabilities::CHECK,
    &container_capabilities_not_dropped::CHECK,
    &container_confinement_off::CHECK,
    &container_container_runs_as_root::CHECK,
    &container_default_password::CHECK,
    &container_docker_socket::CHECK,
    &container_host_network::CHECK,
    &container_host_path::CHECK,
    &container_host_pid_ipc::CHECK,
    &container_host_port::CHECK,
    &container_image_by_mutable_tag::CHECK,
    &container_image_not_by_digest::CHECK,
    &container_no_resource_limits::CHECK,
    &container_password_set_in_image::CHECK,
    &container_pipe_to_shell::CHECK,
    &container_privilege_escalation::CHECK,
    &container_privileged::CHECK,
    &container_published_on_all_interfaces::CHECK,
    &container_root_in_pod::CHECK,
    &container_secret_in_image::CHECK,
    &container_ssh_port::CHECK,
    &container_sudo::CHECK,
    &container_token_mounted::CHECK,
    &container_unverified_download::CHECK,
    &container_verification_off::CHECK,
    &container_whole_context_copied::CHECK,
    &container_wildcard_role::CHECK,
    &container_world_writable::CHECK,
    &container_writable_root_filesystem::CHECK,
    &dependency_deprecated_package::CHECK,
    &dependency_malicious_package::CHECK,
    &dependency_noticed_dependency::CHECK,
    &dependency_unclear_package_version::CHECK,
    &dependency_unmaintained_dependency::CHECK,
    &dependency_unsound_dependency::CHECK,
    &dependency_vulnerable_dependency::CHECK,
    &dependency_vulnerable_dependency_copy::CHECK,
    &dependency_vulnerable_package::CHECK,
    &dependency_yanked_dependency::CHECK,
    &policy_broken_policy_link::CHECK,
    &policy_codeowners_dead_pattern::CHECK,
    &policy_codeowners_malformed::CHECK,
    &policy_codeowners_misses_workflows::CHECK,
    &policy_committed_sensitive_file::CHECK,
    &policy_declared_sensitive_file::CHECK,
    &policy_exposed_credential_file::CHECK,
    &policy_hidden_text::CHECK,
    &policy_licence_mismatch::CHECK,
    &policy_misdirected_report_link::CHECK,
    &policy_no_licence::CHECK,
    &policy_outdated_policy_date::CHECK,
    &policy_overdue_policy_review::CHECK,
    &policy_placeholder_contact::CHECK,
    &policy_tracked_binary::CHECK,
    &policy_unbacked_claim::CHECK,
    &policy_unignored_env_file::CHECK,
    &policy_unread_audit_config::CHECK,
    &policy_untouched_policy_template::CHECK,
    &policy_untrue_commit_signing_claim::CHECK,
    &policy_untrue_container_claim::CHECK,
    &policy_untrue_env_claim::CHECK,
    &policy_untrue_pinning_claim::CHECK,
    &policy_untrue_reference_claim::CHECK,
    &policy_untrue_sbom_claim::CHECK,
    &policy_untrue_scanner_claim::CHECK,
    &policy_untrue_secret_claim::CHECK,
    &policy_untrue_signing_claim::CHECK,
    &policy_untrue_unsafe_claim::CHECK,
    &policy_untrue_update_claim::CHECK,
    &policy_untrue_version_claim::CHECK,
    &policy_worm_artefact::CHECK,
    &provenance_artifact_changed_after_signing::CHECK,
    &provenance_incomplete_sbom::CHECK,
    &provenance_inconclusive_signature::CHECK,
    &provenance_invalid_commit_signature::CHECK,
    &provenance_invalid_signature::CHECK,
    &provenance_machine_path_in_sbom::CHECK,
    &provenance_missing_sbom::CHECK,
    &provenance_outdated_sbom_format::CHECK,
    &provenance_release_without_signature::CHECK,
    &provenance_sbom_drift::CHECK,
    &provenance_sbom_without_purls::CHECK,
    &provenance_signature_without_artifact::CHECK,
    &provenance_stale_sbom::CHECK,
    &provenance_unexpected_commit_signer::CHECK,
    &provenance_unexpected_signer::CHECK,
    &provenance_unreadable_sbom::CHECK,
    &provenance_unsigned_artifact::CHECK,
    &provenance_unsigned_commit::CHECK,
    &provenance_unsigned_sbom::CHECK,
    &provenance_unused_signing_key::CHECK,
    &provenance_weak_signature_verification::CHECK,
    &provenance_weak_signing_key::CHECK,
    &secret_credential_file::CHECK,
    &secret_credential_store_file::CHECK,
    &secret_env_file::CHECK_FILE,
    &secret_env_file::CHECK_VALUE,
    &secret_generic_password::CHECK,
    &secret_generic_secret::CHECK,
    &secret_password_hash_file::CHECK,
    &workflow_agent_open_to_everyone::CHECK,
    &workflow_all_secrets_exposed::CHECK,
    &workflow_always_true_condition::CHECK,
    &workflow_archived_action::CHECK,
    &workflow_broad_app_token::CHECK,
    &workflow_broad_token_permissions::CHECK,
    &workflow_broken_ternary::CHECK,
    &workflow_compromised_action::CHECK,
    &workflow_dependabot_runs_code::CHECK,
    &workflow_forbidden_action::CHECK,
    &workflow_hardcoded_container_password::CHECK,
    &workflow_ignored_severity_input::CHECK,
    &workflow_inherited_secrets::CHECK,
    &workflow_insecure_commands_allowed::CHECK,
    &workflow_long_lived_publish_token::CHECK,
    &workflow_lookalike_action::CHECK,
    &workflow_missing_token_permissions::CHECK,
    &workflow_mutable_hook_revision::CHECK,
    &workflow_no_update_tool::CHECK,
    &workflow_obfuscated_workflow::CHECK,
    &workflow_persisted_credentials::CHECK,
    &workflow_plain_http_hook::CHECK,
    &workflow_poisoned_artifact::CHECK,
    &workflow_privileged_trigger::CHECK,
    &workflow_release_from_cache::CHECK,
    &workflow_scanner_cannot_fail::CHECK,
    &workflow_secret_sent_elsewhere::CHECK,
    &workflow_self_hosted_runner_on_pull_request::CHECK,
    &workflow_short_cooldown::CHECK,
    &workflow_spoofable_actor_check::CHECK,
    &workflow_substring_condition::CHECK,
    &workflow_uncovered_ecosystem::CHECK,
    &workflow_unlocked_install::CHECK,
    &workflow_unmasked_secret::CHECK,
    &workflow_unpinned_action::CHECK,
    &workflow_unpinned_container_image::CHECK,
    &workflow_unpinned_tool::CHECK,
    &workflow_unsafe_checkout_allowed::CHECK,
    &workflow_untrusted_checkout::CHECK,
    &workflow_untrusted_environment_file::CHECK,
    &workflow_untrusted_input_in_script::CHECK,
    &workflow_untrusted_prompt::CHECK,
];
