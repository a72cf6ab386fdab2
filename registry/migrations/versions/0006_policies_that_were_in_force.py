"""policies that were in force"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table('policy_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_policy_text_version'), 'policy_text', ['version'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_policy_text_version'), table_name='policy_text')
    op.drop_table('policy_text')
