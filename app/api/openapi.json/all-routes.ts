/**
 * Every route of ours by its address, loaded when the document is asked for: Next.js tells nobody which there are.
 * A test holds this list complete. Not here: the endpoints of signing in, which are next-auth's.
 */
export const ALL_ROUTES: Readonly<Record<string, () => Promise<Readonly<Record<string, unknown>>>>> = {
  "/admin/backup": () => import("../../admin/backup/route.ts"),
  "/admin/backup/[id]": () => import("../../admin/backup/[id]/route.ts"),
  "/admin/backup/[id]/download": () => import("../../admin/backup/[id]/download/route.ts"),
  "/admin/backup/[id]/restore": () => import("../../admin/backup/[id]/restore/route.ts"),
  "/api/enrolments": () => import("../enrolments/route.ts"),
  "/api/health": () => import("../health/route.ts"),
  "/api/namespaces/[ns]": () => import("../namespaces/[ns]/route.ts"),
  "/api/namespaces/[ns]/agents": () => import("../namespaces/[ns]/agents/route.ts"),
  "/api/namespaces/[ns]/agents/[id]": () => import("../namespaces/[ns]/agents/[id]/route.ts"),
  "/api/namespaces/[ns]/agents/[id]/retire": () => import("../namespaces/[ns]/agents/[id]/retire/route.ts"),
  "/api/namespaces/[ns]/agents/enrolments": () => import("../namespaces/[ns]/agents/enrolments/route.ts"),
  "/api/namespaces/[ns]/agents/enrolments/[id]": () => import("../namespaces/[ns]/agents/enrolments/[id]/route.ts"),
  "/api/namespaces/[ns]/alarms": () => import("../namespaces/[ns]/alarms/route.ts"),
  "/api/namespaces/[ns]/alarms/[id]": () => import("../namespaces/[ns]/alarms/[id]/route.ts"),
  "/api/namespaces/[ns]/alarms/[id]/acknowledge": () => import("../namespaces/[ns]/alarms/[id]/acknowledge/route.ts"),
  "/api/namespaces/[ns]/alarms/[id]/resolve": () => import("../namespaces/[ns]/alarms/[id]/resolve/route.ts"),
  "/api/namespaces/[ns]/alarms/settings": () => import("../namespaces/[ns]/alarms/settings/route.ts"),
  "/api/namespaces/[ns]/alarms/test": () => import("../namespaces/[ns]/alarms/test/route.ts"),
  "/api/namespaces/[ns]/approvals": () => import("../namespaces/[ns]/approvals/route.ts"),
  "/api/namespaces/[ns]/approvals/[id]": () => import("../namespaces/[ns]/approvals/[id]/route.ts"),
  "/api/namespaces/[ns]/approvals/[id]/decision": () => import("../namespaces/[ns]/approvals/[id]/decision/route.ts"),
  "/api/namespaces/[ns]/approvals/[id]/run": () => import("../namespaces/[ns]/approvals/[id]/run/route.ts"),
  "/api/namespaces/[ns]/audit": () => import("../namespaces/[ns]/audit/route.ts"),
  "/api/namespaces/[ns]/audit/anchor": () => import("../namespaces/[ns]/audit/anchor/route.ts"),
  "/api/namespaces/[ns]/audit/export": () => import("../namespaces/[ns]/audit/export/route.ts"),
  "/api/namespaces/[ns]/audit/status": () => import("../namespaces/[ns]/audit/status/route.ts"),
  "/api/namespaces/[ns]/copies": () => import("../namespaces/[ns]/copies/route.ts"),
  "/api/namespaces/[ns]/copies/[id]/bring-back": () => import("../namespaces/[ns]/copies/[id]/bring-back/route.ts"),
  "/api/namespaces/[ns]/copies/restores": () => import("../namespaces/[ns]/copies/restores/route.ts"),
  "/api/namespaces/[ns]/copies/restores/[id]": () => import("../namespaces/[ns]/copies/restores/[id]/route.ts"),
  "/api/namespaces/[ns]/databases": () => import("../namespaces/[ns]/databases/route.ts"),
  "/api/namespaces/[ns]/databases/[db]": () => import("../namespaces/[ns]/databases/[db]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/approvals": () => import("../namespaces/[ns]/databases/[db]/approvals/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups": () => import("../namespaces/[ns]/databases/[db]/backups/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/backups/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups/[id]/cancel": () =>
    import("../namespaces/[ns]/databases/[db]/backups/[id]/cancel/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups/[id]/download": () =>
    import("../namespaces/[ns]/databases/[db]/backups/[id]/download/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups/[id]/undelete": () =>
    import("../namespaces/[ns]/databases/[db]/backups/[id]/undelete/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/backups/[id]/verify": () =>
    import("../namespaces/[ns]/databases/[db]/backups/[id]/verify/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/bookmark": () => import("../namespaces/[ns]/databases/[db]/bookmark/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/commits": () => import("../namespaces/[ns]/databases/[db]/commits/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/cutover/plan": () =>
    import("../namespaces/[ns]/databases/[db]/cutover/plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/density": () => import("../namespaces/[ns]/databases/[db]/density/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/diff": () => import("../namespaces/[ns]/databases/[db]/diff/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/diff/rows": () => import("../namespaces/[ns]/databases/[db]/diff/rows/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/download": () => import("../namespaces/[ns]/databases/[db]/download/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/drill-plan": () =>
    import("../namespaces/[ns]/databases/[db]/drill-plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/drills": () => import("../namespaces/[ns]/databases/[db]/drills/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/drills/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/drills/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/drills/[id]/cancel": () =>
    import("../namespaces/[ns]/databases/[db]/drills/[id]/cancel/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/drills/[id]/receipt": () =>
    import("../namespaces/[ns]/databases/[db]/drills/[id]/receipt/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/exposure": () => import("../namespaces/[ns]/databases/[db]/exposure/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/extend": () => import("../namespaces/[ns]/databases/[db]/extend/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/give-back": () => import("../namespaces/[ns]/databases/[db]/give-back/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/give-back/plan": () =>
    import("../namespaces/[ns]/databases/[db]/give-back/plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/marks": () => import("../namespaces/[ns]/databases/[db]/marks/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/password": () => import("../namespaces/[ns]/databases/[db]/password/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/plan": () => import("../namespaces/[ns]/databases/[db]/plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/policy": () => import("../namespaces/[ns]/databases/[db]/policy/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/previews": () => import("../namespaces/[ns]/databases/[db]/previews/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/query": () => import("../namespaces/[ns]/databases/[db]/query/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/erasures": () => import("../namespaces/[ns]/databases/[db]/erasures/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/erasures/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/erasures/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/erasures/plan": () =>
    import("../namespaces/[ns]/databases/[db]/erasures/plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/restore": () => import("../namespaces/[ns]/databases/[db]/restore/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/restores": () => import("../namespaces/[ns]/databases/[db]/restores/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/restores/[id]/undo": () =>
    import("../namespaces/[ns]/databases/[db]/restores/[id]/undo/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/restores/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/restores/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/restores/[id]/release": () =>
    import("../namespaces/[ns]/databases/[db]/restores/[id]/release/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/retention": () => import("../namespaces/[ns]/databases/[db]/retention/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/retention/plan": () =>
    import("../namespaces/[ns]/databases/[db]/retention/plan/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/schedules": () => import("../namespaces/[ns]/databases/[db]/schedules/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/schedules/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/schedules/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/schedules/[id]/run": () =>
    import("../namespaces/[ns]/databases/[db]/schedules/[id]/run/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/snapshots": () => import("../namespaces/[ns]/databases/[db]/snapshots/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/snapshots/[id]": () =>
    import("../namespaces/[ns]/databases/[db]/snapshots/[id]/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/view": () => import("../namespaces/[ns]/databases/[db]/view/route.ts"),
  "/api/namespaces/[ns]/databases/[db]/window": () => import("../namespaces/[ns]/databases/[db]/window/route.ts"),
  "/api/namespaces/[ns]/deleted": () => import("../namespaces/[ns]/deleted/route.ts"),
  "/api/namespaces/[ns]/deleted/[id]/undelete": () => import("../namespaces/[ns]/deleted/[id]/undelete/route.ts"),
  "/api/namespaces/[ns]/exposure": () => import("../namespaces/[ns]/exposure/route.ts"),
  "/api/namespaces/[ns]/integrations": () => import("../namespaces/[ns]/integrations/route.ts"),
  "/api/namespaces/[ns]/integrations/[id]": () => import("../namespaces/[ns]/integrations/[id]/route.ts"),
  "/api/namespaces/[ns]/integrations/[id]/push": () => import("../namespaces/[ns]/integrations/[id]/push/route.ts"),
  "/api/namespaces/[ns]/integrations/[id]/pushes": () => import("../namespaces/[ns]/integrations/[id]/pushes/route.ts"),
  "/api/namespaces/[ns]/invitations": () => import("../namespaces/[ns]/invitations/route.ts"),
  "/api/namespaces/[ns]/invitations/[id]": () => import("../namespaces/[ns]/invitations/[id]/route.ts"),
  "/api/namespaces/[ns]/members": () => import("../namespaces/[ns]/members/route.ts"),
  "/api/namespaces/[ns]/members/[id]": () => import("../namespaces/[ns]/members/[id]/route.ts"),
  "/api/namespaces/[ns]/members/[id]/write-right": () => import("../namespaces/[ns]/members/[id]/write-right/route.ts"),
  "/api/namespaces/[ns]/agents/[id]/disk-budget": () => import("../namespaces/[ns]/agents/[id]/disk-budget/route.ts"),
  "/api/namespaces/[ns]/disk-budgets": () => import("../namespaces/[ns]/disk-budgets/route.ts"),
  "/api/namespaces/[ns]/preflight": () => import("../namespaces/[ns]/preflight/route.ts"),
  "/api/namespaces/[ns]/schedules": () => import("../namespaces/[ns]/schedules/route.ts"),
  "/api/namespaces/[ns]/store": () => import("../namespaces/[ns]/store/route.ts"),
  "/api/namespaces/[ns]/store/test": () => import("../namespaces/[ns]/store/test/route.ts"),
  "/api/namespaces/[ns]/tokens": () => import("../namespaces/[ns]/tokens/route.ts"),
  "/api/namespaces/[ns]/tokens/[id]": () => import("../namespaces/[ns]/tokens/[id]/route.ts"),
  "/api/namespaces/[ns]/uploads": () => import("../namespaces/[ns]/uploads/route.ts"),
  "/api/namespaces/[ns]/webhooks": () => import("../namespaces/[ns]/webhooks/route.ts"),
  "/api/namespaces/[ns]/webhooks/[id]": () => import("../namespaces/[ns]/webhooks/[id]/route.ts"),
  "/api/namespaces/[ns]/webhooks/[id]/deliveries": () => import("../namespaces/[ns]/webhooks/[id]/deliveries/route.ts"),
  "/api/namespaces/[ns]/webhooks/[id]/deliveries/[delivery]/replay": () =>
    import("../namespaces/[ns]/webhooks/[id]/deliveries/[delivery]/replay/route.ts"),
  "/api/namespaces/[ns]/webhooks/[id]/secret": () => import("../namespaces/[ns]/webhooks/[id]/secret/route.ts"),
  "/api/namespaces/[ns]/webhooks/[id]/test": () => import("../namespaces/[ns]/webhooks/[id]/test/route.ts"),
  "/api/openapi.json": () => import("./route.ts"),
  "/v1/databases/[id]/pitr": () => import("../../v1/databases/[id]/pitr/route.ts"),
  "/v1/databases/[id]/pitr/[pitr]": () => import("../../v1/databases/[id]/pitr/[pitr]/route.ts"),
  "/v1/databases/[id]/pitr/window": () => import("../../v1/databases/[id]/pitr/window/route.ts"),
  "/v1/projects/[id]/backups": () => import("../../v1/projects/[id]/backups/route.ts"),
  "/v1/projects/[id]/backups/[backup]": () => import("../../v1/projects/[id]/backups/[backup]/route.ts"),
  "/v1/projects/[id]/backups/[backup]/download": () =>
    import("../../v1/projects/[id]/backups/[backup]/download/route.ts"),
  "/v1/projects/[id]/cutover": () => import("../../v1/projects/[id]/cutover/route.ts"),
  "/v1/projects/[id]/restore-points": () => import("../../v1/projects/[id]/restore-points/route.ts"),
  "/v1/projects/[id]/restore-points/[point]": () => import("../../v1/projects/[id]/restore-points/[point]/route.ts"),
  "/v1/projects/[id]/restores": () => import("../../v1/projects/[id]/restores/route.ts"),
  "/v1/projects/[id]/restores/[restore]": () => import("../../v1/projects/[id]/restores/[restore]/route.ts"),
  "/v1/projects/[id]/scheduled-backups/default": () =>
    import("../../v1/projects/[id]/scheduled-backups/default/route.ts"),
  "/v1/regions": () => import("../../v1/regions/route.ts"),
};
