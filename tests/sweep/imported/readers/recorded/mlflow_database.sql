-- Written by mlflow 3.17.2 (the tables that runs are read from): seven runs in the experiment `exp`,
-- one failed, one deleted, one that holds another, one that was killed as it ran.
CREATE TABLE "experiments" (
    experiment_id INTEGER NOT NULL, 
    name VARCHAR(256) NOT NULL, 
    artifact_location VARCHAR(256), 
    lifecycle_stage VARCHAR(32), 
    creation_time BIGINT, 
    last_update_time BIGINT, 
    workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
    CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
    CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
    CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO experiments VALUES (0, 'Default', 'file:///mlruns', 'active', 1795992062637, 1795992062637, 'default');
INSERT INTO experiments VALUES (1, 'exp', 'file:///mlruns', 'active', 1795992062688, 1795992062688, 'default');
CREATE TABLE "runs" (
    run_uuid VARCHAR(32) NOT NULL, 
    name VARCHAR(250), 
    source_type VARCHAR(20), 
    source_name VARCHAR(500), 
    entry_point_name VARCHAR(50), 
    user_id VARCHAR(256), 
    status VARCHAR(9), 
    start_time BIGINT, 
    end_time BIGINT, 
    source_version VARCHAR(50), 
    lifecycle_stage VARCHAR(20), 
    artifact_uri VARCHAR(200), 
    experiment_id INTEGER, deleted_time BIGINT, 
    CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
    CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
    CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
    FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
    CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO runs VALUES ('3e6a486321f94a9eae973ab258906232', 'base-0', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992062980, 1795992063346, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('ea8718dcd2d34b4c9843a4d40e9699a2', 'base-1', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992063378, 1795992063666, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('8dabaedfdcce4f91a2e82eda88bfa3f6', 'focal-0', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992063710, 1795992063863, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('53c6f5a5e7894f82bb90c5fd9924bc59', 'focal-1', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992063902, 1795992064031, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('82b378998ced4254b3d8829fe998b9f8', 'dead', 'UNKNOWN', '', '', 'someone', 'FAILED', 1795992064048, 1795992064135, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('94451adf1265483f88522f1b41e8dec7', 'gone', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992064163, 1795992064262, '', 'deleted', 'file:///mlruns', 1, 1795992064303);
INSERT INTO runs VALUES ('3e20f67d38474bed99042ed235887007', 'parent', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992064339, 1795992064670, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('fb97b7143a04494b9e4c3acc36deee83', 'child', 'UNKNOWN', '', '', 'someone', 'FINISHED', 1795992064394, 1795992064627, '', 'active', 'file:///mlruns', 1, NULL);
INSERT INTO runs VALUES ('d2ce2f8c47be4c068338c96501d2e737', 'running', 'UNKNOWN', '', '', 'someone', 'RUNNING', 1795992064711, NULL, '', 'active', 'file:///mlruns', 1, NULL);
CREATE TABLE "params" (
    "key" VARCHAR(250) NOT NULL, 
    value VARCHAR(8000) NOT NULL, 
    run_uuid VARCHAR(32) NOT NULL, 
    CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
    FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO params VALUES ('arm', 'base', '3e6a486321f94a9eae973ab258906232');
INSERT INTO params VALUES ('seed', '0', '3e6a486321f94a9eae973ab258906232');
INSERT INTO params VALUES ('opt/lr', '0.1', '3e6a486321f94a9eae973ab258906232');
INSERT INTO params VALUES ('note', '', '3e6a486321f94a9eae973ab258906232');
INSERT INTO params VALUES ('arm', 'base', 'ea8718dcd2d34b4c9843a4d40e9699a2');
INSERT INTO params VALUES ('seed', '1', 'ea8718dcd2d34b4c9843a4d40e9699a2');
INSERT INTO params VALUES ('opt/lr', '0.1', 'ea8718dcd2d34b4c9843a4d40e9699a2');
INSERT INTO params VALUES ('note', '', 'ea8718dcd2d34b4c9843a4d40e9699a2');
INSERT INTO params VALUES ('arm', 'focal', '8dabaedfdcce4f91a2e82eda88bfa3f6');
INSERT INTO params VALUES ('seed', '0', '8dabaedfdcce4f91a2e82eda88bfa3f6');
INSERT INTO params VALUES ('opt/lr', '0.1', '8dabaedfdcce4f91a2e82eda88bfa3f6');
INSERT INTO params VALUES ('note', '', '8dabaedfdcce4f91a2e82eda88bfa3f6');
INSERT INTO params VALUES ('arm', 'focal', '53c6f5a5e7894f82bb90c5fd9924bc59');
INSERT INTO params VALUES ('seed', '1', '53c6f5a5e7894f82bb90c5fd9924bc59');
INSERT INTO params VALUES ('opt/lr', '0.1', '53c6f5a5e7894f82bb90c5fd9924bc59');
INSERT INTO params VALUES ('note', '', '53c6f5a5e7894f82bb90c5fd9924bc59');
INSERT INTO params VALUES ('arm', 'base', '82b378998ced4254b3d8829fe998b9f8');
INSERT INTO params VALUES ('seed', '2', '82b378998ced4254b3d8829fe998b9f8');
INSERT INTO params VALUES ('arm', 'base', '94451adf1265483f88522f1b41e8dec7');
INSERT INTO params VALUES ('arm', 'ours', 'fb97b7143a04494b9e4c3acc36deee83');
INSERT INTO params VALUES ('seed', '0', 'fb97b7143a04494b9e4c3acc36deee83');
INSERT INTO params VALUES ('arm', 'ours', 'd2ce2f8c47be4c068338c96501d2e737');
INSERT INTO params VALUES ('seed', '1', 'd2ce2f8c47be4c068338c96501d2e737');
CREATE TABLE "metrics" (
    "key" VARCHAR(250) NOT NULL, 
    value FLOAT NOT NULL, 
    timestamp BIGINT NOT NULL, 
    run_uuid VARCHAR(32) NOT NULL, 
    step BIGINT DEFAULT '0' NOT NULL, 
    is_nan BOOLEAN DEFAULT '0' NOT NULL, 
    CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
    FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
    CHECK (is_nan IN (0, 1))
);
INSERT INTO metrics VALUES ('val/acc', 0.7, 1795992063130, '3e6a486321f94a9eae973ab258906232', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.71, 1795992063226, '3e6a486321f94a9eae973ab258906232', 1, 0);
INSERT INTO metrics VALUES ('val/acc', 0.72, 1795992063244, '3e6a486321f94a9eae973ab258906232', 2, 0);
INSERT INTO metrics VALUES ('test_acc', 0.8, 1795992063308, '3e6a486321f94a9eae973ab258906232', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.71, 1795992063415, 'ea8718dcd2d34b4c9843a4d40e9699a2', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.72, 1795992063458, 'ea8718dcd2d34b4c9843a4d40e9699a2', 1, 0);
INSERT INTO metrics VALUES ('val/acc', 0.73, 1795992063534, 'ea8718dcd2d34b4c9843a4d40e9699a2', 2, 0);
INSERT INTO metrics VALUES ('test_acc', 0.81, 1795992063592, 'ea8718dcd2d34b4c9843a4d40e9699a2', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.75, 1795992063775, '8dabaedfdcce4f91a2e82eda88bfa3f6', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.76, 1795992063791, '8dabaedfdcce4f91a2e82eda88bfa3f6', 1, 0);
INSERT INTO metrics VALUES ('val/acc', 0.77, 1795992063809, '8dabaedfdcce4f91a2e82eda88bfa3f6', 2, 0);
INSERT INTO metrics VALUES ('test_acc', 0.8, 1795992063829, '8dabaedfdcce4f91a2e82eda88bfa3f6', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.76, 1795992063975, '53c6f5a5e7894f82bb90c5fd9924bc59', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.77, 1795992063984, '53c6f5a5e7894f82bb90c5fd9924bc59', 1, 0);
INSERT INTO metrics VALUES ('val/acc', 0.78, 1795992064005, '53c6f5a5e7894f82bb90c5fd9924bc59', 2, 0);
INSERT INTO metrics VALUES ('test_acc', 0.81, 1795992064018, '53c6f5a5e7894f82bb90c5fd9924bc59', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.0, 1795992064100, '82b378998ced4254b3d8829fe998b9f8', 0, 1);
INSERT INTO metrics VALUES ('val/acc', 0.1, 1795992064233, '94451adf1265483f88522f1b41e8dec7', 0, 0);
INSERT INTO metrics VALUES ('val/acc', 0.9, 1795992064477, 'fb97b7143a04494b9e4c3acc36deee83', 10, 0);
INSERT INTO metrics VALUES ('val/acc', 0.95, 1795992064579, 'fb97b7143a04494b9e4c3acc36deee83', 5, 0);
INSERT INTO metrics VALUES ('val/acc', 0.5, 1795992064845, 'd2ce2f8c47be4c068338c96501d2e737', 0, 0);
CREATE TABLE "tags" (
    "key" VARCHAR(250) NOT NULL, 
    value VARCHAR(8000), 
    run_uuid VARCHAR(32) NOT NULL, 
    CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
    FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO tags VALUES ('mlflow.runName', 'base-0', '3e6a486321f94a9eae973ab258906232');
INSERT INTO tags VALUES ('mlflow.runName', 'base-1', 'ea8718dcd2d34b4c9843a4d40e9699a2');
INSERT INTO tags VALUES ('mlflow.runName', 'focal-0', '8dabaedfdcce4f91a2e82eda88bfa3f6');
INSERT INTO tags VALUES ('mlflow.runName', 'focal-1', '53c6f5a5e7894f82bb90c5fd9924bc59');
INSERT INTO tags VALUES ('mlflow.runName', 'dead', '82b378998ced4254b3d8829fe998b9f8');
INSERT INTO tags VALUES ('mlflow.runName', 'gone', '94451adf1265483f88522f1b41e8dec7');
INSERT INTO tags VALUES ('mlflow.runName', 'parent', '3e20f67d38474bed99042ed235887007');
INSERT INTO tags VALUES ('mlflow.parentRunId', '3e20f67d38474bed99042ed235887007', 'fb97b7143a04494b9e4c3acc36deee83');
INSERT INTO tags VALUES ('mlflow.runName', 'child', 'fb97b7143a04494b9e4c3acc36deee83');
INSERT INTO tags VALUES ('mlflow.runName', 'running', 'd2ce2f8c47be4c068338c96501d2e737');
