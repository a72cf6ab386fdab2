"""the adjustment loop: proposals, opinions, decisions, follow-ups"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('assessment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('powers', sa.Text(), nullable=False),
    sa.Column('district', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('recommendation', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('known_in', sa.Integer(), nullable=False),
    sa.Column('data_version', sa.Integer(), nullable=False),
    sa.Column('policy_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('digest', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('synthetic', sa.Boolean(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['known_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('opinion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('scope', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('view', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('said_on', sa.Date(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.CheckConstraint("scope in ('district', 'unit')"),
    sa.CheckConstraint("view in ('keep', 'return')"),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], ),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_opinion_assessment_id'), 'opinion', ['assessment_id'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('powers', sa.Text(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('districts', sa.Text(), nullable=False),
    sa.Column('units', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('instrument', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('revokes', sa.Integer(), nullable=True),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], ),
    sa.ForeignKeyConstraint(['instrument'], ['instrument.number'], ),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['revokes'], ['decision.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_decision_assessment_id'), 'decision', ['assessment_id'], unique=False)
    op.create_table('follow_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('measured_on', sa.Date(), nullable=False),
    sa.Column('known_in', sa.Integer(), nullable=False),
    sa.Column('figures', sa.Text(), nullable=False),
    sa.Column('finding', sa.Text(), nullable=False),
    sa.Column('explanation', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], ),
    sa.ForeignKeyConstraint(['known_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_follow_up_decision_id'), 'follow_up', ['decision_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_follow_up_decision_id'), table_name='follow_up')
    op.drop_table('follow_up')
    op.drop_index(op.f('ix_decision_assessment_id'), table_name='decision')
    op.drop_table('decision')
    op.drop_index(op.f('ix_opinion_assessment_id'), table_name='opinion')
    op.drop_table('opinion')
    op.drop_table('assessment')
