-- The least that each face of rdv needs of its database. Run it as the account that owns the tables and may make roles,
-- after `rdv init` and after each `rdv db upgrade` or `rdv db restore`; running it again changes nothing:
--
--     psql -v ON_ERROR_STOP=1 -f roles.sql postgresql://owner@host/rdv
--
-- Then make one account a program, and give it to the program alone:
--
--     CREATE ROLE portal LOGIN PASSWORD '…' IN ROLE rdv_portal;   -- RDV_DATABASE of `rdv portal`
--     CREATE ROLE worker LOGIN PASSWORD '…' IN ROLE rdv_worker;   -- of `rdv worker`
--     CREATE ROLE counter LOGIN PASSWORD '…' IN ROLE rdv_agents;  -- of `rdv tui` and the other commands
--
-- `rdv init`, `db upgrade`, `db restore` and `db copy` run under the owner: none of these may change a table.

BEGIN;

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['rdv_agents', 'rdv_portal', 'rdv_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, rdv_agents, rdv_portal, rdv_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, rdv_agents, rdv_portal, rdv_worker;
GRANT USAGE ON SCHEMA public TO rdv_agents, rdv_portal, rdv_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO rdv_portal, rdv_worker;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO rdv_agents; -- a declared town brings its own codes
GRANT SELECT ON alembic_version TO rdv_agents, rdv_portal, rdv_worker;

-- Agents: all rows of all tables, but nobody rewrites the journal.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    account, agent, agent_right, agent_service, appointment, appointment_type, attempt, claim, closure, counter, desk,
    exception_period, notice, opening, partner, place, reference_week, saved_search, service, type_service
    TO rdv_agents;
GRANT SELECT, INSERT ON journal_entry TO rdv_agents;

-- The portal: what is offered, to be read; what citizens do, to be written. Neither agents with their passwords and
-- rights, nor what they note about an appointment, nor who did what.
GRANT SELECT ON
    appointment_type, closure, counter, desk, exception_period, opening, place, reference_week, type_service
    TO rdv_portal;
GRANT UPDATE (id) ON counter TO rdv_portal; -- to lock its row while booking; a counter in use cannot get another id
GRANT SELECT, INSERT, UPDATE, DELETE ON account, attempt, claim TO rdv_portal;
GRANT SELECT, INSERT, UPDATE ON partner TO rdv_portal;
GRANT SELECT (id, type_id, counter_id, partner_id, starts_at, ends_at, status, taken_at, taken_by, sequence, told_at,
    arrived_at), INSERT, UPDATE (partner_id, counter_id, starts_at, ends_at, status, comment, sequence, told_at,
    arrived_at) ON appointment TO rdv_portal;
GRANT SELECT, INSERT, DELETE, UPDATE (partner_id, facts, last_error) ON notice TO rdv_portal;
GRANT SELECT (id, action, subject, subject_id, actor_kind), INSERT ON journal_entry TO rdv_portal;

-- The worker: messages and what they tell of; and what it erases when its time has come (D1).
GRANT SELECT ON appointment_type, counter, place TO rdv_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO rdv_worker;
GRANT SELECT, INSERT, UPDATE ON partner TO rdv_worker;
GRANT SELECT, UPDATE (partner_id, comment) ON appointment TO rdv_worker;
GRANT SELECT, DELETE ON claim TO rdv_worker;
GRANT SELECT (id, partner_id, email), DELETE ON account TO rdv_worker;
GRANT SELECT (id, at, action, subject, subject_id, actor_kind, actor), INSERT ON journal_entry TO rdv_worker;

COMMIT;
